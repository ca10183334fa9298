"""Answers that last: server-sent events and waits, for as long as who asked may see them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import TypeVar
from uuid import UUID

from fastapi import Request, Response
from fastapi.sse import EventSourceResponse

from jobproc.adapters.http.authentication import StillIn
from jobproc.application.following import PULSE_SECONDS
from jobproc.domain.errors import NotAuthenticated, TooMany, Unavailable

STREAM_TYPE = "text/event-stream"
MOST_STREAMS = 50
KEEP_ALIVE_SECONDS = 15.0
KEEP_ALIVE = b": keep-alive\n\n"
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
T = TypeVar("T")


class OpenStreams:
    """The streams of this process, counted by user; once it is closing they and all waits come to their end."""

    def __init__(self) -> None:
        self._by_user: Counter[UUID] = Counter()
        self.closing = False

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
    request: Request, user: UUID, still_in: StillIn, events: AsyncGenerator[bytes | None]
) -> Response:
    """The events as an answer; None among them is a moment without any, and comes first.

    What is raised before that moment is a refusal; afterwards it is too late for one.
    """
    stream = _lasting(request.app.state.streams, user, still_in, events)
    first = await anext(stream, b"")
    return EventSourceResponse(_chained(first, stream), headers=HEADERS)


async def staying(
    request: Request, still_in: StillIn, ask: Callable[[float], Awaitable[T]], seconds: float
) -> T:
    """What `ask` gives within so many seconds; who is logged out meanwhile gets `NotAuthenticated`.

    When the process is closing, what it gives at once.
    """
    task = asyncio.ensure_future(ask(seconds))
    try:
        while not request.app.state.streams.closing:
            await asyncio.wait([task], timeout=PULSE_SECONDS)
            if task.done():
                return task.result()
            await still_in()
    finally:
        task.cancel()
    return await ask(0)


async def _lasting(
    streams: OpenStreams, user: UUID, still_in: StillIn, events: AsyncGenerator[bytes | None]
) -> AsyncGenerator[bytes]:
    with streams.one_more(user):
        async with aclosing(events):
            checked = time.monotonic()
            sent = checked - KEEP_ALIVE_SECONDS
            async for event in events:
                now = time.monotonic()
                if streams.closing:
                    return
                if now - checked >= PULSE_SECONDS:
                    if not await _is_in(still_in):
                        return
                    checked = now
                if event is not None or now - sent >= KEEP_ALIVE_SECONDS:
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
    async with aclosing(rest):
        yield first
        async for each in rest:
            yield each
