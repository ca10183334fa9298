"""Jobs for the tests of the domain."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from jobproc.domain.jobs import ErrorCode, Job, JobError, JobStatus
from jobproc.domain.submissions import Submission, submit

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = NOW + timedelta(seconds=10)
LEASE = timedelta(seconds=15)
WORKER = UUID(int=7)
BOOM = JobError(ErrorCode.OPERATION_FAILED, "ValueError", "boom")


def submitted(max_attempts: int = 3, **wishes: Any) -> Job:
    """A new job, due unless wished otherwise."""
    return submit(
        Submission(**{"operation": "square_sum", "data": "[1]"} | wishes),
        id=UUID(int=1),
        owner=UUID(int=2),
        now=NOW,
        timeout_seconds=300.0,
        max_attempts=max_attempts,
        retention_seconds=3600,
    )


def started(max_attempts: int = 3, **wishes: Any) -> Job:
    """A job that a worker holds."""
    return submitted(max_attempts, **wishes).start(WORKER, NOW, LEASE)


def in_status(status: JobStatus) -> Job:
    """A job of that status, come there by the shortest way."""
    ways: dict[JobStatus, Callable[[], Job]] = {
        JobStatus.SCHEDULED: lambda: submitted(delay_seconds=60),
        JobStatus.PENDING: submitted,
        JobStatus.IN_PROGRESS: started,
        JobStatus.SUCCESS: lambda: started().succeed("14", NOW),
        JobStatus.FAILED: lambda: started().fail(BOOM, NOW, jitter=0),
        JobStatus.CANCELLED: lambda: submitted().cancel(NOW),
    }
    return ways[status]()
