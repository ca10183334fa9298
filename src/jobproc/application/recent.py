"""Answers of the store that may be a few seconds old."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# With the second that a stream may take to ask, within the five after which a change must be seen.
RECENT_SECONDS = 3.0
MOST_ANSWERS = 10_000


class Recent(Generic[K, V]):
    """Asks for each key at most once in that time; who asks meanwhile shares the answer, or its failure.

    What is not there is not remembered, so that made-up keys push nothing out. Age counts from the question.
    """

    def __init__(
        self,
        ask: Callable[[K], Awaitable[V | None]],
        *,
        seconds: float = RECENT_SECONDS,
        most: int = MOST_ANSWERS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._seconds = seconds
        self._most = most
        self._now = now
        # Oldest first.
        self._asked: dict[K, tuple[float, asyncio.Future[V | None]]] = {}

    async def __call__(self, key: K) -> V | None:
        """The answer, at most so many seconds old."""
        asked, answer = self._asked.get(key, (None, None))
        if asked is None or answer is None or self._now() - asked >= self._seconds:
            answer = self._begin(key)
        if answer.done():
            return answer.result()
        # Who waits for it may go away; the others still wait.
        return await asyncio.shield(answer)

    def _begin(self, key: K) -> asyncio.Future[V | None]:
        self._asked.pop(key, None)
        if len(self._asked) >= self._most:
            del self._asked[next(iter(self._asked))]
        answer = asyncio.ensure_future(self._ask(key))
        self._asked[key] = self._now(), answer
        answer.add_done_callback(lambda done: self._keep(key, done))
        return answer

    def _keep(self, key: K, done: asyncio.Future[V | None]) -> None:
        failed = done.cancelled() or done.exception() is not None
        if (failed or done.result() is None) and self._asked.get(key, (0, None))[1] is done:
            del self._asked[key]
