"""The numbers of this process, with those of the queue."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from jobproc.application.operating import DueWork, Exposition, Workers
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Backlog, Presence

FRESH_SECONDS = 5.0
T = TypeVar("T")
Looked = tuple[Sequence[Backlog] | None, Sequence[Presence] | None]


@dataclass(slots=True)
class ShowMetrics:
    """The exposition; what has to be asked for is asked every few seconds, however many want to know."""

    due_work: DueWork
    workers: Workers
    exposition: Exposition
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _looked: tuple[float, Looked] | None = None

    @property
    def content_type(self) -> str:
        """The type of the text."""
        return self.exposition.content_type

    async def __call__(self) -> bytes:
        """The present numbers; parts that are away leave theirs out."""
        async with self._looking:
            if self._looked is None or time.monotonic() - self._looked[0] > FRESH_SECONDS:
                due, present = await asyncio.gather(
                    _or_none(self.due_work.by_operation), _or_none(self.workers.present)
                )
                self._looked = time.monotonic(), (due, present)
            return self.exposition.text(*self._looked[1])


async def _or_none(ask: Callable[[], Awaitable[T]]) -> T | None:
    try:
        return await ask()
    except Unavailable:
        return None
