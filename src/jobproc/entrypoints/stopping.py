"""The end of the API, announced: balancers turn away before the doors close."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from fastapi import FastAPI

Handler = Callable[[int, FrameType | None], object]


@contextmanager
def announcing_the_end(app: FastAPI, delay: float) -> Iterator[None]:
    """Within the block a signal turns `/readyz` off, and reaches the server that many seconds later.

    A second signal reaches it at once.
    """
    loop = asyncio.get_running_loop()
    theirs = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def stop(number: int, frame: FrameType | None) -> None:
        if delay and not app.state.stopping:
            loop.call_soon_threadsafe(loop.call_later, delay, end, number, frame)
        else:
            end(number, frame)
        app.state.stopping = True

    def end(number: int, frame: FrameType | None) -> None:
        # What lasts ends first, or it would be cut off when patience is over.
        app.state.streams.closing = True
        handler = theirs[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for each in theirs:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each, handler in theirs.items():
            signal.signal(each, handler)
