"""What the service shows, as typed values. Members that a newer service adds are in `raw` only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Members = Mapping[str, Any]


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
        """Whether nothing more comes by itself."""
        return self in (JobStatus.SUCCESS, JobStatus.FAILED, JobStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt says to be."""

    done: float
    total: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class JobError:
    """What ended the last attempt; `type` is the name of the exception."""

    code: str
    type: str
    message: str


@dataclass(frozen=True, slots=True)
class JobView:
    """A job at one moment. `data` and `result` are None where the service leaves them out: in lists and events."""

    id: str
    operation: str
    status: JobStatus
    data: Any
    result: Any
    error: JobError | None
    priority: int
    tags: tuple[str, ...]
    batch_id: str | None
    attempt: int
    max_attempts: int
    timeout_seconds: float
    progress: Progress | None
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    version: int
    raw: Members = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class JobPage:
    """Part of a list of jobs, and where it goes on; None at its end."""

    items: list[JobView]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One change of a job's status."""

    version: int
    status: JobStatus
    attempt: int
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """A job has a new status; `job` is as it was when this was told, without data and result."""

    step: Step
    job: JobView


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """An attempt says how far it is."""

    job_id: str
    version: int
    progress: Progress


@dataclass(frozen=True, slots=True)
class Reset:
    """The first event of all jobs, and where some may have been missed: read the list of jobs now."""


Event = StatusEvent | ProgressEvent | Reset


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with an account."""

    id: str
    username: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BatchView:
    """Jobs that were submitted together; `counts` says how many have which status. Just submitted, it has none."""

    id: str
    total: int
    counts: Mapping[str, int]
    done: bool
    job_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that jobs can do; its schemas are JSON Schema 2020-12."""

    name: str
    summary: str
    input_schema: Any
    output_schema: Any
    raw: Members = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """How many jobs came to which end in the span that begins at that time."""

    at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds that half of the jobs and 95 of 100 stayed below; None without any job."""

    p50: float | None
    p95: float | None


@dataclass(frozen=True, slots=True)
class Stats:
    """The caller's jobs in numbers; `sample` is how many finished jobs they were made from."""

    counts: Mapping[str, int]
    finished: tuple[Finished, ...]
    wait: Percentiles
    run: Percentiles
    sample: int
    raw: Members = field(repr=False, compare=False)
