"""Answers of the store that may be a few seconds old."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

# With the second that a stream may take to ask, within the five after which a change must be seen.
RECENT_SECONDS = 3.0
# Of that time; the question then is out of the way of whoever asks, and costs nobody its time.
EARLY = 2 / 3
MOST_ANSWERS = 10_000


class Recent(Generic[K, V]):
    """Asks for each key at most once in a while; who asks meanwhile shares the answer, or its failure.

    An answer that will soon be too old still serves while the next one is on its way. What is not there is not
    remembered, so that made-up keys push nothing out. Age counts from the question.
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
        # Each with the time of its question; the first is the one that came first.
        self._answers: dict[K, tuple[float, V]] = {}
        self._questions: dict[K, tuple[float, asyncio.Future[V | None]]] = {}

    async def __call__(self, key: K) -> V | None:
        """The answer, at most so many seconds old."""
        now = self._now()
        asked, answer = self._answers.get(key, (-math.inf, None))
        if now - asked < EARLY * self._seconds:
            return answer
        question = self._question(key, now)
        if now - asked < self._seconds:
            return answer
        # Who waits for it may go away; the others still wait.
        return await asyncio.shield(question)

    def _question(self, key: K, now: float) -> asyncio.Future[V | None]:
        """The one that is under way, or a new one."""
        asked, question = self._questions.get(key, (-math.inf, None))
        if question is None or now - asked >= self._seconds:
            question = asyncio.ensure_future(self._ask(key))
            self._questions[key] = now, question
            question.add_done_callback(lambda done: self._keep(key, now, done))
        return question

    def _keep(self, key: K, asked: float, done: asyncio.Future[V | None]) -> None:
        if self._questions.get(key, (0, None))[1] is done:
            del self._questions[key]
        if done.cancelled() or done.exception() is not None or asked < self._answers.get(key, (asked,))[0]:
            return
        self._answers.pop(key, None)
        if (answer := done.result()) is not None:
            if len(self._answers) >= self._most:
                del self._answers[next(iter(self._answers))]
            self._answers[key] = asked, answer
