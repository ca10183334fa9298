"""What waits for a worker, counted."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import groupby

from jobproc.adapters.memory.jobs import JobStore
from jobproc.application.operating import MOST_COUNTED
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.workers import Backlog


class MemoryDueWork:
    """`DueWork` over the dictionary of jobs."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def by_operation(self) -> Sequence[Backlog]:
        """Each operation that has due jobs, by name."""
        due = sorted(self._store.where(lambda job: job.status is JobStatus.PENDING), key=_operation)
        return [self._backlog(name, list(jobs)) for name, jobs in groupby(due, _operation)]

    async def neglected(self) -> timedelta:
        """How long ago maintenance should have done something."""
        dated = [job.run_at for job in self._store.where(lambda job: job.status is JobStatus.SCHEDULED)]
        leased = [
            job.lease_until for job in self._store.where(lambda job: job.status is JobStatus.IN_PROGRESS)
        ]
        now = self._store.now()
        return max(
            (now - each for each in (*dated, *filter(None, leased)) if each < now), default=timedelta()
        )

    def _backlog(self, operation: str, jobs: Sequence[Job]) -> Backlog:
        oldest = min(job.queued_at for job in jobs if job.queued_at)
        return Backlog(operation, min(len(jobs), MOST_COUNTED), self._store.now() - oldest)


def _operation(job: Job) -> str:
    return job.operation
