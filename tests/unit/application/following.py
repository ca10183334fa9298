"""Followers at work, and stores and hints that misbehave."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar
from uuid import UUID

from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application.events import Subscription
from jobproc.domain.errors import Unavailable
from jobproc.domain.jobs import Job

N = TypeVar("N")
T = TypeVar("T")


async def until(news: AsyncGenerator[T | None], is_so: Callable[[T], bool], seconds: float = 10) -> list[T]:
    """Everything that comes until it is so, moments without anything left out; it must come in time."""
    found = []
    async with asyncio.timeout(seconds):
        async for each in news:
            if each is not None:
                found.append(each)
                if is_so(each):
                    return found
    return found


async def begun(news: AsyncGenerator[N]) -> AsyncGenerator[N]:
    """The same, once it listens."""
    assert await asyncio.wait_for(anext(news), 10) is None
    return news


class Away(MemoryJobs):
    """A store that is away whenever the test says so, in one way or another."""

    failure: Exception | None = None

    async def get(self, owner: UUID, ids: Sequence[UUID], *, content: bool = True) -> Sequence[Job]:
        """What is there, or the failure."""
        if self.failure:
            raise self.failure
        return await super().get(owner, ids, content=content)


AWAY = Unavailable("not here")


class Slow(MemoryEvents):
    """Hints that are heard only when the test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    @asynccontextmanager
    async def subscribe(self, owner: UUID, job: UUID | None = None) -> AsyncIterator[Subscription]:
        """From the moment on when the gate is open."""
        await self.gate.wait()
        async with super().subscribe(owner, job) as subscription:
            yield subscription
