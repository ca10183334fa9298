"""Answers that last: server-sent events and waits, for as long as who asked may see them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import TypeVar
from uuid import UUID

from fastapi import Request, Response
from fastapi.sse import EventSourceResponse
from starlette.types import Message, Send

from jobproc.adapters.http.authentication import StillIn
from jobproc.application.ending import end
from jobproc.application.following import PULSE_SECONDS
from jobproc.domain.errors import NotAuthenticated, TooMany, Unavailable

STREAM_TYPE = "text/event-stream"
MOST_STREAMS = 50
KEEP_ALIVE_SECONDS = 15.0
PATIENCE_SECONDS = 20.0
KEEP_ALIVE = b": keep-alive\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
T = TypeVar("T")


class OpenStreams:
    """The streams of this process, counted by user; once it is closing they and all waits come to their end.

    A reader that takes nothing for `patience` seconds has gone without a word.
    """

    def __init__(self) -> None:
        self._by_user: Counter[UUID] = Counter()
        self.closing = False
        self.patience = PATIENCE_SECONDS

    @contextmanager
    def one_more(self, user: UUID) -> Iterator[None]:
        """Count a stream while the block runs; too many: `TooMany`."""
        if self._by_user[user] >= MOST_STREAMS:
            raise TooMany(f"There are {MOST_STREAMS} open streams already. Close one.", retry_after=5)
        self._by_user[user] += 1
        try:
            yield
        finally:
            self._by_user[user] -= 1
            if not self._by_user[user]:
                del self._by_user[user]


async def streaming(
    request: Request,
    user: UUID,
    still_in: StillIn,
    news: AsyncGenerator[T],
    show: Callable[[T], bytes | None],
) -> Response:
    """The news as an answer of events. What shows as None is a moment without any; such a moment comes first.

    What is raised before that moment is a refusal; afterwards it is too late for one.
    """
    streams = request.app.state.streams
    stream = _lasting(streams, user, still_in, news, show)
    first = await anext(stream, b"")
    return _Streaming(first, stream, streams.patience)


class _Streaming(EventSourceResponse):
    """Ends with what it shows, and lets go of a reader that has taken nothing for too long."""

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes], patience: float) -> None:
        super().__init__(_chained(first, rest), headers=HEADERS)
        self._rest = rest
        self._patience = patience

    async def stream_response(self, send: Send) -> None:
        """Until the end of the events, of the connection or of patience."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._patience):
                await send(message)

        async with aclosing(self._rest):
            # Cut off as it is: what an end would say could not be sent either.
            with suppress(TimeoutError):
                await super().stream_response(send_in_time)


async def staying(
    request: Request, still_in: StillIn, ask: Callable[[float], Awaitable[T]], seconds: float
) -> T:
    """What `ask` gives within so many seconds; who is logged out meanwhile gets `NotAuthenticated`.

    When the process is closing, or nobody is there any more to hear it, what it gives at once.
    """
    task = asyncio.ensure_future(ask(seconds))
    try:
        while not request.app.state.streams.closing:
            await asyncio.wait([task], timeout=PULSE_SECONDS)
            if task.done():
                return task.result()
            if await request.is_disconnected():
                break
            await still_in()
    finally:
        await end(task)
    return await ask(0)


async def _lasting(
    streams: OpenStreams,
    user: UUID,
    still_in: StillIn,
    news: AsyncGenerator[T],
    show: Callable[[T], bytes | None],
) -> AsyncGenerator[bytes]:
    with streams.one_more(user):
        async with aclosing(news):
            checked = time.monotonic()
            sent = checked - KEEP_ALIVE_SECONDS
            async for each in news:
                now = time.monotonic()
                if streams.closing:
                    return
                if now - checked >= PULSE_SECONDS:
                    if not await _is_in(still_in):
                        return
                    checked = now
                if (event := show(each)) is not None or now - sent >= KEEP_ALIVE_SECONDS:
                    yield event or KEEP_ALIVE
                    sent = now


async def _is_in(still_in: StillIn) -> bool:
    try:
        await still_in()
    except NotAuthenticated:
        return False
    except Unavailable:
        # The database is away: nobody can say so yet, and there is nothing to tell.
        return True
    return True


async def _chained(first: bytes, rest: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for each in rest:
        yield each
