"""What users ask of their jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jobproc.application.ports import Clock, JobQueue, Jobs, OperationTypes
from jobproc.domain.errors import NotFound
from jobproc.domain.jobs import Job, JobStatus, Submission, submit
from jobproc.domain.operations import OperationRegistry


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Store a job, then ring; the answer never waits for the bell."""

    jobs: Jobs
    queue: JobQueue
    operations: OperationRegistry
    types: OperationTypes
    clock: Clock
    new_id: Callable[[], UUID]
    retention_seconds: int

    async def __call__(self, owner: UUID, submission: Submission) -> Job:
        job = self._draft(owner, submission, await self.clock.now())
        await self.jobs.add([job])
        if job.status is JobStatus.PENDING:
            self.queue.ring()
        return job

    def _draft(self, owner: UUID, submission: Submission, now: datetime) -> Job:
        operation = self.operations.named(submission.operation)
        self.types.check(operation, submission.data)
        return submit(
            submission,
            id=self.new_id(),
            owner=owner,
            now=now,
            timeout_seconds=operation.timeout,
            max_attempts=operation.max_attempts,
            retention_seconds=self.retention_seconds,
        )


@dataclass(frozen=True, slots=True)
class GetJob:
    """One of the owner's jobs."""

    jobs: Jobs

    async def __call__(self, owner: UUID, id: UUID) -> Job:
        found = await self.jobs.get(owner, [id])
        if not found:
            raise NotFound("Job not found")
        return found[0]


CHUNK = 50


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, newest first; `next` is where the following page begins, None at the end."""

    jobs: Sequence[Job]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class ListJobs:
    """The owner's jobs, newest first: at most `limit`, and no more than `max_bytes` of data and results.

    Read in chunks, so that a page of huge jobs never stands in memory beside the ones it cannot hold.
    """

    jobs: Jobs

    async def __call__(self, owner: UUID, *, before: UUID | None, limit: int, max_bytes: int) -> Page:
        page: list[Job] = []
        size = 0
        while chunk := await self.jobs.page(owner, before=before, limit=CHUNK):
            for job in chunk:
                size += len(job.data) + len(job.result or "")
                if page and (len(page) == limit or size > max_bytes):
                    return Page(page, page[-1].id)
                page.append(job)
            before = page[-1].id
        return Page(page, None)
