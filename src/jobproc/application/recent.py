"""Answers of the store that may be a few seconds old."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# With the second that a stream may take to ask, within the five after which a change must be seen.
RECENT_SECONDS = 3.0
# From this part of its time on an answer is asked for anew while it still serves, so that nobody waits.
AHEAD = 2 / 3
MOST_ANSWERS = 10_000


class Recent(Generic[K, V]):
    """Knows the answer for a key for some seconds; who asks while a question is open shares it, or its failure.

    An answer that is used when it is getting old is asked for ahead: whoever asks again and again, within a third of
    its time, waits once. What is not there is not remembered, so that made-up keys push nothing out. Age counts from
    the question.
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
        self._known: dict[K, tuple[float, V]] = {}
        self._open: dict[K, tuple[float, asyncio.Future[V | None]]] = {}

    async def __call__(self, key: K) -> V | None:
        """The answer, at most so many seconds old."""
        asked, known = self._known.get(key, (-math.inf, None))
        age = self._now() - asked
        if age < self._seconds * AHEAD:
            return known
        question = self._question(key)
        # Who waits for it may go away; the others still wait.
        return known if age < self._seconds else await asyncio.shield(question)

    def _question(self, key: K) -> asyncio.Future[V | None]:
        """The one that is open, unless its answer would be old; else a new one."""
        now = self._now()
        asked, question = self._open.get(key, (now, None))
        if question is None or now - asked >= self._seconds:
            question = asyncio.ensure_future(self._ask(key))
            self._open[key] = now, question
            question.add_done_callback(partial(self._learn, key, now))
        return question

    def _learn(self, key: K, asked: float, question: asyncio.Future[V | None]) -> None:
        if self._open.get(key) == (asked, question):
            del self._open[key]
        failed = question.cancelled() or question.exception() is not None
        if failed or asked < self._known.get(key, (asked,))[0]:
            return
        self._known.pop(key, None)
        answer = question.result()
        if answer is not None:
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[key] = asked, answer
