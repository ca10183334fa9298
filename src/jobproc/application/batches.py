"""What users ask of many jobs at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jobproc.application.events import changes
from jobproc.application.jobs import MISMATCH, SubmitJob
from jobproc.application.ports import Batches, Clock, JobEvents, JobQueue, Jobs, Sight
from jobproc.application.turns import in_turns
from jobproc.domain.batches import LARGEST_BATCH, Batch, BatchState, fingerprint_of
from jobproc.domain.errors import Fault, InvalidInput, NotFound
from jobproc.domain.filters import JobFilter
from jobproc.domain.ids import following
from jobproc.domain.jobs import FINAL, Job, JobStatus
from jobproc.domain.submissions import Submission

MOST_FAULTS = 100
MOST_HINTS = 100
CANCELLED_AT_ONCE = 200
OPEN = tuple(status for status in JobStatus if status not in FINAL)
NOT_FOUND = "Batch not found"

# What cannot be a submission stands in its place with the reason.
Asked = Iterable[Submission | InvalidInput]


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """A stored batch; `replayed` when an earlier request of the same idempotency key had made it already."""

    batch: Batch
    job_ids: Sequence[UUID]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class SubmitBatch:
    """Store many jobs or none, then tell and ring once; the event loop stays free for others meanwhile.

    What is wrong with any of them is one `InvalidInput`: its faults are below `/jobs/<index>`, at most 100.
    """

    batches: Batches
    submit_job: SubmitJob
    clock: Clock
    new_id: Callable[[datetime], UUID]
    queue: JobQueue
    events: JobEvents
    sight: Sight

    async def __call__(
        self, owner: UUID, asked: Asked, *, idempotency_key: str | None = None, request_id: str | None = None
    ) -> SubmittedBatch:
        now = await self.clock.now()
        drafts = _Drafts(self.submit_job, owner, now, self.new_id(now), is_keyed=idempotency_key is not None)
        await drafts.take(asked)
        batch = drafts.batch(idempotency_key)
        stored = await self.batches.add(batch, drafts.jobs)
        if stored.fingerprint != batch.fingerprint:
            raise InvalidInput(MISMATCH, code="idempotency-mismatch")
        if stored.id != batch.id:
            return SubmittedBatch(stored, await self.batches.job_ids(owner, stored.id), replayed=True)
        self.sight.saw("batch.submitted", batch=batch.id, total=batch.total, request=request_id)
        tell(self.events, owner, drafts.jobs)
        if any(job.status is JobStatus.PENDING for job in drafts.jobs):
            self.queue.ring()
        return SubmittedBatch(batch, [job.id for job in drafts.jobs])


@dataclass(slots=True)
class _Drafts:
    """The jobs of a batch that is not stored yet; their ids sort as they were asked for."""

    submit_job: SubmitJob
    owner: UUID
    now: datetime
    id: UUID
    is_keyed: bool
    ids: Iterator[UUID] = field(init=False)
    before: Submission | None = None
    jobs: list[Job] = field(default_factory=list)
    fingerprints: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.ids = following(self.id)

    async def take(self, asked: Asked) -> None:
        """Make a job of each; what cannot be accepted: `InvalidInput`."""
        async for place, each in in_turns(enumerate(asked)):
            if place == LARGEST_BATCH:
                raise _refused("too_long", f"A batch has at most {LARGEST_BATCH} jobs.")
            try:
                self._take(each)
            except InvalidInput as error:
                self.faults += error.below(f"/jobs/{place}")
                if len(self.faults) >= MOST_FAULTS:
                    break
        self._check()

    def batch(self, idempotency_key: str | None) -> Batch:
        """What holds them together."""
        return Batch(
            id=self.id,
            owner=self.owner,
            total=len(self.jobs),
            created_at=self.now,
            idempotency_key=idempotency_key,
            fingerprint=fingerprint_of(self.fingerprints) if self.is_keyed else None,
        )

    def _take(self, asked: Submission | InvalidInput) -> None:
        if isinstance(asked, InvalidInput):
            raise asked
        self.jobs.append(self._job(asked))
        if self.is_keyed:
            self.fingerprints.append(asked.fingerprint)

    def _job(self, asked: Submission) -> Job:
        """Most are like the one before, and so is what becomes of them."""
        id = next(self.ids)
        if self.before and asked.is_like(self.before):
            self.submit_job.check(asked)
            job = self.jobs[-1].twin(id, asked.data)
        else:
            job = self.submit_job.draft(self.owner, asked, self.now, id=id, batch_id=self.id)
        self.before = asked
        return job

    def _check(self) -> None:
        if len(self.faults) >= MOST_FAULTS:
            told = f"Nothing was stored. These are the first {MOST_FAULTS} faults; there may be more."
            raise InvalidInput(told, faults=self.faults[:MOST_FAULTS])
        if self.faults:
            raise InvalidInput("Nothing was stored: some jobs cannot be accepted.", faults=self.faults)
        if not self.jobs:
            raise _refused("too_short", "A batch has at least one job.")


@dataclass(frozen=True, slots=True)
class CancelBatch:
    """End what is not final of one of the owner's batches, a part at a time; the batch afterwards."""

    batches: Batches
    jobs: Jobs
    events: JobEvents

    async def __call__(self, owner: UUID, id: UUID) -> BatchState:
        found(await self.batches.get(owner, id))
        still_open = JobFilter(batch_id=id, statuses=OPEN)
        before: UUID | None = None
        while True:
            page = await self.jobs.page(
                owner, before=before, limit=CANCELLED_AT_ONCE, wanted=still_open, content=False
            )
            ended = await self.jobs.change(owner, [job.id for job in page.jobs], _end)
            tell(self.events, owner, ended)
            if (before := page.next) is None:
                return found(await self.batches.get(owner, id))


def _end(job: Job, now: datetime) -> Job:
    """Some may have become final since they were looked at."""
    return job if job.status.is_final else job.cancel(now)


def found(state: BatchState | None) -> BatchState:
    """The batch; none: `NotFound`."""
    if state is None:
        raise NotFound(NOT_FOUND)
    return state


def tell(events: JobEvents, owner: UUID, jobs: Sequence[Job]) -> None:
    """Hints of the present state of each, or of too many to be worth a hint each."""
    if len(jobs) > MOST_HINTS:
        events.publish_missed(owner)
    else:
        events.publish(changes(jobs))


def _refused(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, faults=[Fault("/jobs", code, detail)])
