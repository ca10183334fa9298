"""Calls that arrive while one is in flight share the next one: nothing waits when there is nothing to wait for."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from jobproc.domain.errors import Unavailable

LARGEST_GATHERING = 64
LARGEST_WEIGHT = 4 * 1024 * 1024
Given = TypeVar("Given")
Answer = TypeVar("Answer")


@dataclass(slots=True)
class Gathering(Generic[Given, Answer]):
    """One call for many: `run` takes several and answers each in its place, or refuses them all.

    What is refused is run again one by one, unless the store is away, so that it fails alone. Who gives up waiting
    takes nobody along.
    """

    run: Callable[[Sequence[Given]], Awaitable[Sequence[Answer]]]
    weight: Callable[[Given], int] = lambda _: 1
    most: int = LARGEST_GATHERING
    _waiting: list[tuple[Given, asyncio.Future[Answer]]] = field(default_factory=list)
    _running: asyncio.Task[None] | None = None

    async def __call__(self, given: Given) -> Answer:
        """The answer to this one."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((given, answer))
        if self._running is None:
            self._running = asyncio.create_task(self._run_all())
        return await answer

    async def _run_all(self) -> None:
        try:
            while self._waiting:
                await self._answer(self._next())
        finally:
            self._running = None

    def _next(self) -> list[tuple[Given, asyncio.Future[Answer]]]:
        size, weight = 0, 0
        for given, _ in self._waiting[: self.most]:
            weight += self.weight(given)
            if size and weight > LARGEST_WEIGHT:
                break
            size += 1
        taken, self._waiting = self._waiting[:size], self._waiting[size:]
        return taken

    async def _answer(self, asked: Sequence[tuple[Given, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self.run([given for given, _ in asked])
        except Exception as error:  # noqa: BLE001 - whatever it is, who waits for an answer must hear of it
            await self._refuse(asked, error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)

    async def _refuse(self, asked: Sequence[tuple[Given, asyncio.Future[Answer]]], error: Exception) -> None:
        if len(asked) > 1 and not isinstance(error, Unavailable):
            for each in asked:
                await self._answer([each])
            return
        for _, future in asked:
            if not future.done():
                future.set_exception(error)
