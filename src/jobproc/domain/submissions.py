"""What users ask for, and the job that it becomes."""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.jobs import Job, JobStatus

DEFAULT_RETENTION_SECONDS = 604_800
FARTHEST_START = timedelta(days=365)


class Submission(NamedTuple):
    """What a user asks for, all of it checked. `data` is JSON text; None stands for the operation's default.

    A tuple, as a job is: those of a batch differ in their data alone, and each is made of the one before.
    """

    operation: str
    data: str
    priority: int = 0
    run_at: datetime | None = None
    delay_seconds: float | None = None
    timeout_seconds: float | None = None
    max_attempts: int | None = None
    retention_seconds: int | None = None
    tags: tuple[str, ...] = ()
    idempotency_key: str | None = None
    request_id: str | None = None
    traceparent: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for two requests that ask for the same; SHA-256 in hexadecimal."""
        asked = self._replace(idempotency_key=None, request_id=None)._asdict()
        del asked["traceparent"]
        # It is kept with the job: one that an earlier version has kept has to stay the same.
        told = ", ".join(f"{name}={value!r}" for name, value in asked.items())
        return sha256(f"Submission({told})".encode()).hexdigest()

    def with_data(self, data: str) -> "Submission":
        """The same, but for its data; by place, in half of the time of `_replace`."""
        return Submission._make((self[0], data, *self[2:]))

    def is_like(self, other: "Submission") -> bool:
        """Whether they may become the same job, but for its data; a key belongs to one alone."""
        return self[0] == other[0] and self[2:] == other[2:] and self.idempotency_key is None

    def start_at(self, now: datetime) -> datetime:
        """When it may start; the past means now. Two dates, or one too far ahead: `InvalidInput`."""
        if self.run_at is None and self.delay_seconds is None:
            return now
        if self.run_at is not None and self.delay_seconds is not None:
            raise _invalid("/delay_seconds", "Give run_at or delay_seconds, not both.")
        wanted = self.run_at or now + timedelta(seconds=self.delay_seconds or 0)
        if wanted > now + FARTHEST_START:
            raise _invalid("/run_at", f"Give a time at most {FARTHEST_START.days} days ahead.")
        return max(wanted, now)


def submit(
    submission: Submission,
    *,
    id: UUID,
    owner: UUID,
    now: datetime,
    batch_id: UUID | None = None,
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
        status=JobStatus.PENDING if due else JobStatus.SCHEDULED,
        priority=submission.priority,
        tags=submission.tags,
        batch_id=batch_id,
        max_attempts=max_attempts if submission.max_attempts is None else submission.max_attempts,
        timeout_seconds=timeout_seconds if submission.timeout_seconds is None else submission.timeout_seconds,
        retention_seconds=retention_seconds
        if submission.retention_seconds is None
        else submission.retention_seconds,
        run_at=run_at,
        created_at=now,
        queued_at=now if due else None,
        changed_at=now,
        idempotency_key=submission.idempotency_key,
        fingerprint=submission.fingerprint if submission.idempotency_key else None,
        request_id=submission.request_id,
        traceparent=submission.traceparent,
    )


def _invalid(pointer: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, faults=[Fault(pointer, "invalid", detail)])
