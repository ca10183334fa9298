"""What users ask of all their jobs together."""

from dataclasses import dataclass
from uuid import UUID

from jobproc.application.ports import Clock, Statistics
from jobproc.domain.stats import Stats, Window


@dataclass(frozen=True, slots=True)
class GetStats:
    """Numbers of the owner's jobs."""

    statistics: Statistics
    clock: Clock

    async def __call__(self, owner: UUID, window: Window) -> Stats:
        stats = await self.statistics.of(owner, window)
        return stats.without_gaps(window, await self.clock.now())
