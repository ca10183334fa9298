"""The life of a job: its states, and the only ways between them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from jobproc.domain.errors import Conflict

LONGEST_BACKOFF_SECONDS = 60
SHORTEST_KEEPING = timedelta(seconds=60)
DEFAULT_RETENTION_SECONDS = 604_800


class JobStatus(StrEnum):
    """Where a job stands."""

    SCHEDULED = "SCHEDULED"
    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Nothing but a retry or the purge leaves it."""
        return self in FINAL


S = JobStatus

NEXT: Mapping[JobStatus, frozenset[JobStatus]] = {
    S.SCHEDULED: frozenset({S.PENDING, S.CANCELLED}),
    S.PENDING: frozenset({S.IN_PROGRESS, S.CANCELLED}),
    S.IN_PROGRESS: frozenset({S.SUCCESS, S.FAILED, S.CANCELLED, S.SCHEDULED, S.PENDING}),
    S.SUCCESS: frozenset(),
    S.FAILED: frozenset({S.PENDING}),
    S.CANCELLED: frozenset({S.PENDING}),
}
FINAL = frozenset({S.SUCCESS, S.FAILED, S.CANCELLED})


class ErrorCode(StrEnum):
    """Why a job failed."""

    OPERATION_FAILED = "operation_failed"
    TIMEOUT = "timeout"
    WORKER_LOST = "worker_lost"
    WORKER_CRASHED = "worker_crashed"
    MEMORY_LIMIT = "memory_limit"
    INVALID_RESULT = "invalid_result"
    RESULT_TOO_LARGE = "result_too_large"


@dataclass(frozen=True, slots=True)
class JobError:
    """What ended an attempt: a code, the exception's name, and a message that is safe to show."""

    code: ErrorCode
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt says it is."""

    done: float
    total: float | None = None
    message: str = ""


@dataclass(frozen=True, slots=True)
class Succeeded:
    """An attempt that returned; `result` is JSON text."""

    result: str


@dataclass(frozen=True, slots=True)
class Failed:
    """An attempt that did not; `retryable` says whether another one is worth it."""

    error: JobError
    retryable: bool = False


Outcome = Succeeded | Failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a user asks for, all of it checked. `data` is JSON text; None stands for the operation's default."""

    operation: str
    data: str
    priority: int = 0
    run_at: datetime | None = None
    delay_seconds: float | None = None
    timeout_seconds: float | None = None
    max_attempts: int | None = None
    retention_seconds: int | None = None
    tags: tuple[str, ...] = ()

    def start_at(self, now: datetime) -> datetime:
        """When it may start; the past means now."""
        wanted = self.run_at or now + timedelta(seconds=self.delay_seconds or 0)
        return max(wanted, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A piece of work and everything known of it.

    `data` and `result` are JSON text. `version` grows by one with every change of status and never falls, which
    makes it the fence: a report is recorded only while the version that its claim produced still stands. `attempt`
    is what users see and `max_attempts` bounds. `queued_at` is when it last became due; `lease_until` is when its
    worker's silence loses it; `losses` counts the workers it lost since it was last submitted or retried.
    """

    id: UUID
    owner: UUID
    operation: str
    data: str
    status: JobStatus
    result: str | None = None
    error: JobError | None = None
    priority: int = 0
    tags: tuple[str, ...] = ()
    batch_id: UUID | None = None
    attempt: int = 0
    max_attempts: int
    timeout_seconds: float
    retention_seconds: int
    progress: Progress | None = None
    run_at: datetime
    created_at: datetime
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    lease_until: datetime | None = None
    worker: UUID | None = None
    losses: int = 0
    version: int = 1

    def start(self, worker: UUID, now: datetime, lease: timedelta) -> "Job":
        """Lease the job to one attempt of one worker."""
        return self._to(
            S.IN_PROGRESS,
            attempt=self.attempt + 1,
            started_at=now,
            lease_until=now + lease,
            worker=worker,
            error=None,
            progress=None,
        )

    def succeed(self, result: str, now: datetime) -> "Job":
        """Record the result of the attempt that holds the job."""
        return self._end(S.SUCCESS, now, result=result)

    def fail(self, error: JobError, now: datetime, *, jitter: float, retryable: bool = False) -> "Job":
        """End the attempt: dated anew when another one is worth it and left, else FAILED.

        `jitter` in [0, 1] picks the wait in [0, min(60, 2^attempt)] seconds.
        """
        if retryable and self.attempt < self.max_attempts:
            return self._wait(now + backoff(self.attempt, jitter), error=error)
        return self._end(S.FAILED, now, error=error)

    def settle(self, outcome: Outcome, now: datetime, *, jitter: float) -> "Job":
        """Record what came of the attempt."""
        match outcome:
            case Succeeded(result):
                return self.succeed(result, now)
            case Failed(error, retryable):
                return self.fail(error, now, jitter=jitter, retryable=retryable)

    def lose(self, now: datetime, *, jitter: float) -> "Job":
        """Its worker fell silent: due at once after the first loss, dated with backoff from the second."""
        self._only_from(S.IN_PROGRESS, to_be="lost")
        if self.attempt >= self.max_attempts:
            return self._end(S.FAILED, now, error=WORKER_LOST, losses=self.losses + 1)
        if self.losses == 0:
            return self._queue(now, error=WORKER_LOST, losses=1)
        return self._wait(now + backoff(self.attempt, jitter), error=WORKER_LOST, losses=self.losses + 1)

    def give_back(self, now: datetime) -> "Job":
        """A stopping worker returns it: the attempt does not count, and its place in the queue stays."""
        self._only_from(S.IN_PROGRESS, to_be="given back")
        return self._queue(self.queued_at or now, attempt=self.attempt - 1)

    def promote(self, now: datetime) -> "Job":
        """Its date has come."""
        self._only_from(S.SCHEDULED, to_be="promoted")
        return self._queue(now)

    def cancel(self, now: datetime) -> "Job":
        """End it without a result, whatever it was doing."""
        return self._end(S.CANCELLED, now)

    def retry(self, now: datetime) -> "Job":
        """Begin anew by the user's wish: attempts count from 0 again, the version goes on."""
        self._only_from(S.CANCELLED, S.FAILED, to_be="retried")
        return self._queue(
            now, attempt=0, losses=0, run_at=now, result=None, error=None, finished_at=None, expires_at=None
        )

    def _only_from(self, *statuses: JobStatus, to_be: str) -> None:
        """Several ways lead to PENDING, so that `NEXT` alone cannot tell where each one starts."""
        if self.status not in statuses:
            raise Conflict(
                f"A job that is {self.status} cannot be {to_be}. Allowed from: {', '.join(statuses)}.",
                code="illegal-transition",
            )

    def _queue(self, queued_at: datetime, **changes: object) -> "Job":
        return self._to(S.PENDING, queued_at=queued_at, **_released(changes))

    def _wait(self, until: datetime, **changes: object) -> "Job":
        return self._to(S.SCHEDULED, run_at=until, queued_at=None, **_released(changes))

    def _end(self, status: JobStatus, now: datetime, **changes: object) -> "Job":
        keeping = max(timedelta(seconds=self.retention_seconds), SHORTEST_KEEPING)
        ended = {"queued_at": None, "lease_until": None, "worker": None, "error": None}
        return self._to(status, finished_at=now, expires_at=now + keeping, **(ended | changes))

    def _to(self, status: JobStatus, **changes: object) -> "Job":
        if status not in NEXT[self.status]:
            raise illegal(self.status, status)
        return replace(self, status=status, version=self.version + 1, **changes)  # type: ignore[arg-type]


WORKER_LOST = JobError(ErrorCode.WORKER_LOST, "WorkerLost", "The worker stopped answering.")


def submit(
    submission: Submission,
    *,
    id: UUID,
    owner: UUID,
    now: datetime,
    timeout_seconds: float,
    max_attempts: int,
    retention_seconds: int,
) -> Job:
    """A new job; the last three arguments are the defaults of its operation and of the service."""
    run_at = submission.start_at(now)
    due = run_at <= now
    return Job(
        id=id,
        owner=owner,
        operation=submission.operation,
        data=submission.data,
        status=S.PENDING if due else S.SCHEDULED,
        priority=submission.priority,
        tags=submission.tags,
        max_attempts=max_attempts if submission.max_attempts is None else submission.max_attempts,
        timeout_seconds=timeout_seconds if submission.timeout_seconds is None else submission.timeout_seconds,
        retention_seconds=retention_seconds
        if submission.retention_seconds is None
        else submission.retention_seconds,
        run_at=run_at,
        created_at=now,
        queued_at=now if due else None,
    )


def backoff(attempt: int, jitter: float) -> timedelta:
    """Full jitter: a random time in [0, min(60, 2^attempt)] seconds, where `jitter` in [0, 1] is the chance."""
    return timedelta(seconds=jitter * min(LONGEST_BACKOFF_SECONDS, 2**attempt))


def illegal(present: JobStatus, wanted: JobStatus) -> Conflict:
    """Says from which status the change was tried, and which changes it allows."""
    allowed = ", ".join(sorted(NEXT[present])) or "none"
    return Conflict(
        f"A job that is {present} cannot become {wanted}. Allowed from {present}: {allowed}.",
        code="illegal-transition",
    )


def _released(changes: dict[str, object]) -> dict[str, object]:
    return {"lease_until": None, "worker": None, "started_at": None, "progress": None} | changes
