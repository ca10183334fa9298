"""Numbers of jobs in memory."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from jobproc.adapters.memory.jobs import JobStore
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job
from jobproc.domain.stats import LARGEST_SAMPLE, MOST_TALLIED, Bucket, Spread, Stats, Tally, Window, spread_of


class MemoryStatistics:
    """`Statistics` by looking at each job."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def of(self, owner: UUID, window: Window) -> Stats:
        """What the owner's jobs are doing, and how those ended that ended last."""
        since = self._store.now() - window.length
        unfinished = self._store.where(lambda job: job.owner == owner and job.finished_at is None)
        ended = self._store.where(lambda job: job.owner == owner and _end_of(job) > since)
        latest = sorted(ended, key=_end_of)[-LARGEST_SAMPLE:]
        return Stats(
            Counter(job.status for job in (*unfinished, *latest)),
            _buckets(latest, window),
            *_spreads(latest),
            len(latest),
        )

    async def tally(self, owner: UUID, wanted: JobFilter) -> Tally:
        """How many of the owner's jobs are wanted, of the latest from the filter's times."""
        times = JobFilter(created_after=wanted.created_after, created_before=wanted.created_before)
        in_time = self._store.where(lambda job: job.owner == owner and times.wants(job))
        latest = sorted(in_time, key=lambda job: job.id)[-MOST_TALLIED:]
        return Tally(Counter(job.status for job in latest if wanted.wants(job)), len(latest) == MOST_TALLIED)


def _end_of(job: Job) -> datetime:
    return job.finished_at or datetime.min.replace(tzinfo=job.created_at.tzinfo)


def _buckets(ended: Sequence[Job], window: Window) -> list[Bucket]:
    steps = groupby(ended, lambda job: window.start_of_step(_end_of(job)))
    return [_bucket(at, list(jobs)) for at, jobs in steps]


def _bucket(at: datetime, jobs: Sequence[Job]) -> Bucket:
    return Bucket(at, Counter(job.status for job in jobs), *_spreads(jobs))


def _spreads(ended: Sequence[Job]) -> tuple[Spread, Spread]:
    """How long they waited, and how long they ran."""
    ran = [(job, job.started_at) for job in ended if job.started_at and job.started_at >= job.run_at]
    waits = spread_of(start - job.run_at for job, start in ran)
    return waits, spread_of(_end_of(job) - start for job, start in ran)
