"""The life of a job: its states, and the only ways between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from jobproc.domain.errors import Conflict

LONGEST_BACKOFF_SECONDS = 60
SHORTEST_KEEPING = timedelta(seconds=60)


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


class Cause(StrEnum):
    """Why a job changed its status; a failed attempt is named by its error's code instead."""

    SUBMITTED = "submitted"
    CLAIMED = "claimed"
    SUCCEEDED = "succeeded"
    GIVEN_BACK = "given_back"
    DUE = "due"
    CANCELLED = "cancelled"
    RETRIED = "retried"


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


WORKER_LOST = JobError(ErrorCode.WORKER_LOST, "WorkerLost", "The worker stopped answering.")


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a job's status, as its timeline keeps it."""

    version: int
    status: JobStatus
    attempt: int
    at: datetime
    cause: str


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


@dataclass(frozen=True, slots=True)
class Lost:
    """An attempt that took the process it ran in along; another one is worth it as long as one is left."""

    error: JobError


Outcome = Succeeded | Failed | Lost


class Job(NamedTuple):
    """A piece of work and everything known of it.

    `data` and `result` are JSON text. `version` grows by one with every change of status and never falls, which
    makes it the fence: a report is recorded only while the version that its claim produced still stands. `attempt`
    is what users see and `max_attempts` bounds. `queued_at` is when it last became due; `lease_until` is when its
    worker's silence loses it; `losses` counts the workers it lost since it was last submitted or retried.
    `changed_at` and `cause` tell of the last change. `idempotency_key` is its owner's name for the request that made
    it and `fingerprint` what that request asked for; `request_id` names the request itself, and
    `traceparent` the trace that it belongs to, if anybody traces (W3C Trace Context).

    A tuple, since each change makes another one: with a frozen dataclass of so many fields that was a quarter of what a
    worker did.
    """

    id: UUID
    owner: UUID
    operation: str
    data: str
    status: JobStatus
    max_attempts: int
    timeout_seconds: float
    retention_seconds: int
    run_at: datetime
    created_at: datetime
    changed_at: datetime
    cause: str = Cause.SUBMITTED
    version: int = 1
    result: str | None = None
    error: JobError | None = None
    priority: int = 0
    tags: tuple[str, ...] = ()
    batch_id: UUID | None = None
    attempt: int = 0
    losses: int = 0
    progress: Progress | None = None
    queued_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    expires_at: datetime | None = None
    lease_until: datetime | None = None
    worker: UUID | None = None
    idempotency_key: str | None = None
    fingerprint: str | None = None
    request_id: str | None = None
    traceparent: str | None = None

    @property
    def step(self) -> Step:
        """The last change, for the timeline."""
        return Step(self.version, self.status, self.attempt, self.changed_at, self.cause)

    def twin(self, id: UUID, data: str) -> "Job":
        """Another one, to which nothing has happened yet either; by place, in half of the time of `_replace`."""
        return Job._make((id, *self[1:3], data, *self[4:]))

    def start(self, worker: UUID, now: datetime, lease: timedelta) -> "Job":
        """Lease the job to one attempt of one worker."""
        return self._to(
            S.IN_PROGRESS,
            now,
            Cause.CLAIMED,
            attempt=self.attempt + 1,
            started_at=now,
            lease_until=now + lease,
            worker=worker,
            error=None,
        )

    def succeed(self, result: str, now: datetime) -> "Job":
        """Record the result of the attempt that holds the job."""
        return self._end(S.SUCCESS, now, Cause.SUCCEEDED, result=result)

    def fail(self, error: JobError, now: datetime, *, jitter: float, retryable: bool = False) -> "Job":
        """End the attempt: dated anew when another one is worth it and left, else FAILED.

        `jitter` in [0, 1] picks the wait in [0, min(60, 2^attempt)] seconds.
        """
        if retryable and self.attempt < self.max_attempts:
            return self._wait(now + backoff(self.attempt, jitter), now, error.code, error=error)
        return self._end(S.FAILED, now, error.code, error=error)

    def settle(self, outcome: Outcome, now: datetime, *, jitter: float) -> "Job":
        """Record what came of the attempt."""
        match outcome:
            case Succeeded(result):
                return self.succeed(result, now)
            case Failed(error, retryable):
                return self.fail(error, now, jitter=jitter, retryable=retryable)
            case Lost(error):
                return self.lose(now, jitter=jitter, error=error)

    def lose(self, now: datetime, *, jitter: float, error: JobError = WORKER_LOST) -> "Job":
        """What it ran in is gone: due at once after the first loss, dated with backoff from the second."""
        self._only_from(S.IN_PROGRESS, to_be="lost")
        lost = {"error": error, "losses": self.losses + 1}
        if self.attempt >= self.max_attempts:
            return self._end(S.FAILED, now, error.code, **lost)
        if self.losses == 0:
            return self._queue(now, now, error.code, **lost)
        return self._wait(now + backoff(self.attempt, jitter), now, error.code, **lost)

    def give_back(self, now: datetime) -> "Job":
        """A stopping worker returns it: the attempt does not count, and its place in the queue stays."""
        self._only_from(S.IN_PROGRESS, to_be="given back")
        return self._queue(self.queued_at or now, now, Cause.GIVEN_BACK, attempt=self.attempt - 1)

    def promote(self, now: datetime) -> "Job":
        """Its date has come."""
        self._only_from(S.SCHEDULED, to_be="promoted")
        return self._queue(now, now, Cause.DUE)

    def cancel(self, now: datetime) -> "Job":
        """End it without a result, whatever it was doing."""
        return self._end(S.CANCELLED, now, Cause.CANCELLED)

    def retry(self, now: datetime) -> "Job":
        """Begin anew by the user's wish: attempts count from 0 again, the version goes on."""
        self._only_from(S.CANCELLED, S.FAILED, to_be="retried")
        anew = {"attempt": 0, "losses": 0, "run_at": now, "result": None, "error": None}
        return self._queue(now, now, Cause.RETRIED, **anew, finished_at=None, expires_at=None)

    def check_erasable(self) -> None:
        """What is not final may still be running: `Conflict`."""
        self._only_from(*sorted(FINAL), to_be="erased")

    def _only_from(self, *statuses: JobStatus, to_be: str) -> None:
        """Several ways lead to PENDING, so that `NEXT` alone cannot tell where each one starts."""
        if self.status not in statuses:
            raise Conflict(
                f"A job that is {self.status} cannot be {to_be}. Allowed from: {', '.join(statuses)}.",
                code="illegal-transition",
            )

    def _queue(self, queued_at: datetime, now: datetime, cause: str, **changes: object) -> "Job":
        return self._to(S.PENDING, now, cause, queued_at=queued_at, **_released(changes))

    def _wait(self, until: datetime, now: datetime, cause: str, **changes: object) -> "Job":
        return self._to(S.SCHEDULED, now, cause, run_at=until, queued_at=None, **_released(changes))

    def _end(self, status: JobStatus, now: datetime, cause: str, **changes: object) -> "Job":
        keeping = max(timedelta(seconds=self.retention_seconds), SHORTEST_KEEPING)
        ended = {"queued_at": None, "lease_until": None, "worker": None, "error": None}
        return self._to(status, now, cause, finished_at=now, expires_at=now + keeping, **(ended | changes))

    def _to(self, status: JobStatus, now: datetime, cause: str, **changes: object) -> "Job":
        if status not in NEXT[self.status]:
            raise illegal(self.status, status)
        version = self.version + 1
        return self._replace(status=status, version=version, changed_at=now, cause=cause, **changes)  # type: ignore[arg-type]


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
