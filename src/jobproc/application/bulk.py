"""What users ask of all their jobs that a filter wants, however many: a stretch at a time."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from jobproc.application.batches import tell
from jobproc.application.ports import JobEvents, JobQueue, Jobs
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import FINAL, Job, JobStatus

PART = 200
PARTS = 5

CANCELLABLE = tuple(status for status in JobStatus if status not in FINAL)
RETRYABLE = (JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """How many jobs were changed, and where the next stretch begins; None at the end."""

    changed: int
    next: UUID | None


@dataclass(frozen=True, slots=True)
class _Jobs:
    """The owner's jobs, changed newest first; those that come meanwhile are left alone."""

    jobs: Jobs
    events: JobEvents

    async def change(
        self,
        owner: UUID,
        wanted: JobFilter,
        statuses: Collection[JobStatus],
        change: Callable[[Job, datetime], Job],
        before: UUID | None,
    ) -> Stretch:
        allowed = tuple(each for each in statuses if each in (wanted.statuses or statuses))
        changed = 0
        for _ in range(PARTS if allowed else 0):
            page = await self.jobs.page(
                owner, before=before, limit=PART, wanted=replace(wanted, statuses=allowed), content=False
            )
            changed += await self._change(owner, [job.id for job in page.jobs], change, statuses)
            if (before := page.next) is None:
                break
        return Stretch(changed, before if allowed else None)

    async def _change(
        self,
        owner: UUID,
        ids: list[UUID],
        change: Callable[[Job, datetime], Job],
        statuses: Collection[JobStatus],
    ) -> int:
        if not ids:
            return 0
        # Some may have changed since they were looked at.
        fits: set[UUID] = set()

        def change_if_it_fits(job: Job, now: datetime) -> Job:
            if job.status not in statuses:
                return job
            fits.add(job.id)
            return change(job, now)

        found = await self.jobs.change(owner, ids, change_if_it_fits)
        changed = [job for job in found if job.id in fits]
        tell(self.events, owner, changed)
        return len(changed)


@dataclass(frozen=True, slots=True)
class CancelJobs:
    """End those that are not final, without a result."""

    jobs: Jobs
    events: JobEvents

    async def __call__(self, owner: UUID, wanted: JobFilter, *, before: UUID | None = None) -> Stretch:
        return await _Jobs(self.jobs, self.events).change(owner, wanted, CANCELLABLE, Job.cancel, before)


@dataclass(frozen=True, slots=True)
class RetryJobs:
    """Begin those anew that failed or were cancelled."""

    jobs: Jobs
    queue: JobQueue
    events: JobEvents

    async def __call__(self, owner: UUID, wanted: JobFilter, *, before: UUID | None = None) -> Stretch:
        stretch = await _Jobs(self.jobs, self.events).change(owner, wanted, RETRYABLE, Job.retry, before)
        if stretch.changed:
            self.queue.ring()
        return stretch
