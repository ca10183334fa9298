"""Waiting for a batch."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from jobproc.application.batches import found
from jobproc.application.events import Subscription
from jobproc.application.following import LOOK_AGAIN_SECONDS
from jobproc.application.ports import Batches, JobEvents
from jobproc.domain.batches import BatchState

# Counting costs time for each job; who waits lets ten times as much go by in between.
SECONDS_PER_JOB = 50e-6


@dataclass(frozen=True, slots=True)
class WaitForBatch:
    """Wait until one of the owner's batches is as wished; what waits holds no connection."""

    batches: Batches
    events: JobEvents

    async def __call__(
        self, owner: UUID, id: UUID, seconds: float, *, until: Callable[[BatchState], bool]
    ) -> BatchState:
        """The batch once it is as wished, else as it is after so many seconds."""
        deadline = time.monotonic() + seconds
        async with self.events.subscribe(owner) as news:
            state = found(await self.batches.get(owner, id))
            while not until(state) and (left := deadline - time.monotonic()) > 0:
                await _status_of_any(news, min(left, LOOK_AGAIN_SECONDS))
                await asyncio.sleep(min(left, SECONDS_PER_JOB * state.batch.total))
                news.rest()
                state = found(await self.batches.get(owner, id))
        return state


async def _status_of_any(news: Subscription, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (hint := await news.next()) is not None and hint.status is None:
                pass
