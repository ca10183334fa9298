"""What users ask of all their jobs together."""

from dataclasses import dataclass
from uuid import UUID

from jobproc.application.ports import Clock, Statistics
from jobproc.domain.filters import JobFilter
from jobproc.domain.stats import Stats, Tally, Window


@dataclass(frozen=True, slots=True)
class GetStats:
    """Numbers of the owner's jobs."""

    statistics: Statistics
    clock: Clock

    async def __call__(self, owner: UUID, window: Window) -> Stats:
        stats = await self.statistics.of(owner, window)
        return stats.without_gaps(window, await self.clock.now())


@dataclass(frozen=True, slots=True)
class TallyJobs:
    """How many of the owner's jobs a filter wants, by their status."""

    statistics: Statistics

    async def __call__(self, owner: UUID, wanted: JobFilter) -> Tally:
        return await self.statistics.tally(owner, wanted)
