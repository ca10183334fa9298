"""What users ask of their jobs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jobproc.application.events import changes
from jobproc.application.ports import Clock, JobEvents, JobQueue, Jobs, OperationTypes, Page, Sight
from jobproc.domain.errors import Conflict, InvalidInput, NotFound
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job, JobStatus, Step
from jobproc.domain.operations import Operation, OperationRegistry
from jobproc.domain.submissions import Submission, submit


@dataclass(frozen=True, slots=True)
class Submitted:
    """A stored job; `replayed` when an earlier request of the same idempotency key had made it already."""

    job: Job
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class SubmitJob:
    """Store a job, then tell and ring; the answer waits for neither."""

    jobs: Jobs
    queue: JobQueue
    operations: OperationRegistry
    types: OperationTypes
    clock: Clock
    new_id: Callable[[datetime], UUID]
    retention_seconds: int
    sight: Sight
    events: JobEvents

    async def __call__(self, owner: UUID, submission: Submission) -> Submitted:
        now = await self.clock.now()
        draft = self.draft(owner, submission, now, id=self.new_id(now))
        [job] = await self.jobs.add([draft])
        if job.fingerprint != draft.fingerprint:
            raise InvalidInput(MISMATCH, code="idempotency-mismatch")
        if job.id != draft.id:
            return Submitted(job, replayed=True)
        _tell(self.sight, "job.submitted", job)
        self.events.publish(changes([job]))
        if job.status is JobStatus.PENDING:
            self.queue.ring()
        return Submitted(job)

    def draft(
        self, owner: UUID, submission: Submission, now: datetime, *, id: UUID, batch_id: UUID | None = None
    ) -> Job:
        """The job that it asks for, not stored; what cannot be accepted: `InvalidInput`."""
        operation = self.check(submission)
        return submit(
            submission,
            id=id,
            owner=owner,
            now=now,
            batch_id=batch_id,
            timeout_seconds=operation.timeout,
            max_attempts=operation.max_attempts,
            retention_seconds=self.retention_seconds,
        )

    def check(self, submission: Submission) -> Operation:
        """The operation that it asks for; one that nobody knows, or data that it does not take: `InvalidInput`."""
        operation = self.operations.named(submission.operation)
        self.types.check(operation, submission.data)
        return operation


MISMATCH = (
    "This Idempotency-Key came with another request before. Use a new key, or send the same request again."
)


@dataclass(frozen=True, slots=True)
class GetJob:
    """One of the owner's jobs."""

    jobs: Jobs

    async def __call__(self, owner: UUID, id: UUID) -> Job:
        return _one(await self.jobs.get(owner, [id]))


@dataclass(frozen=True, slots=True)
class GetResult:
    """The result of one of the owner's jobs, as JSON text; there is none, or none yet: `Conflict`."""

    get_job: GetJob

    async def __call__(self, owner: UUID, id: UUID) -> str:
        job = await self.get_job(owner, id)
        if job.result is not None:
            return job.result
        if job.status.is_final:
            raise Conflict(f"The job is {job.status}: it has no result.", code="job-not-successful")
        raise Conflict(f"The job is {job.status}: ask again.", code="result-not-ready", retry_after=1)


@dataclass(frozen=True, slots=True)
class GetTimeline:
    """Every change of one of the owner's jobs, oldest first."""

    jobs: Jobs

    async def __call__(self, owner: UUID, id: UUID) -> Sequence[Step]:
        timelines = await self.jobs.timelines(owner, [id])
        if id not in timelines:
            raise NotFound(NOT_FOUND)
        return timelines[id]


@dataclass(frozen=True, slots=True)
class CancelJob:
    """End one of the owner's jobs without a result; final already: `Conflict`."""

    jobs: Jobs
    events: JobEvents
    sight: Sight

    async def __call__(self, owner: UUID, id: UUID) -> Job:
        job = _one(await self.jobs.change(owner, [id], Job.cancel))
        _tell(self.sight, "job.cancelled", job)
        self.events.publish(changes([job]))
        return job


@dataclass(frozen=True, slots=True)
class RetryJob:
    """Begin one of the owner's failed or cancelled jobs anew; in any other state: `Conflict`."""

    jobs: Jobs
    queue: JobQueue
    events: JobEvents
    sight: Sight

    async def __call__(self, owner: UUID, id: UUID) -> Job:
        job = _one(await self.jobs.change(owner, [id], Job.retry))
        _tell(self.sight, "job.retried", job)
        self.events.publish(changes([job]))
        self.queue.ring()
        return job


@dataclass(frozen=True, slots=True)
class EraseJob:
    """Erase one of the owner's final jobs with its history; not final: `Conflict`."""

    jobs: Jobs

    async def __call__(self, owner: UUID, id: UUID) -> None:
        if not await self.jobs.erase(owner, [id], Job.check_erasable):
            raise NotFound(NOT_FOUND)


@dataclass(frozen=True, slots=True)
class FindJobs:
    """The owner's jobs that a filter wants, newest first, without their data and results."""

    jobs: Jobs

    async def __call__(self, owner: UUID, wanted: JobFilter, *, before: UUID | None, limit: int) -> Page:
        return await self.jobs.page(owner, before=before, limit=limit, wanted=wanted, content=False)


CHUNK = 50


@dataclass(frozen=True, slots=True)
class ListJobs:
    """The owner's jobs, newest first: at most `limit`, and no more than `max_bytes` of data and results.

    Read in chunks, so that a page of huge jobs never stands in memory beside the ones it cannot hold.
    """

    jobs: Jobs

    async def __call__(self, owner: UUID, *, before: UUID | None, limit: int, max_bytes: int) -> Page:
        page: list[Job] = []
        size = 0
        while True:
            chunk = await self.jobs.page(owner, before=before, limit=CHUNK)
            for job in chunk.jobs:
                size += len(job.data) + len(job.result or "")
                if page and (len(page) == limit or size > max_bytes):
                    return Page(page, page[-1].id)
                page.append(job)
            if chunk.next is None:
                return Page(page, None)
            before = chunk.next


NOT_FOUND = "Job not found"


def _tell(sight: Sight, event: str, job: Job) -> None:
    sight.saw(event, job=job.id, user=job.owner, operation=job.operation, request=job.request_id)


def _one(found: Sequence[Job]) -> Job:
    if not found:
        raise NotFound(NOT_FOUND)
    return found[0]
