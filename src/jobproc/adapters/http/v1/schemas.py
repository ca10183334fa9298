"""The shapes of `/v1`, as its clients send and read them."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from jobproc.adapters.http.schemas import EXAMPLE_ID, Strict
from jobproc.domain.batches import LARGEST_BATCH
from jobproc.domain.jobs import ErrorCode, JobStatus

UUID_PATTERN = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
LONGEST_TAG = 64
SECONDS_OF_A_YEAR = 31_536_000
EXAMPLE_TIME = "2026-01-31T09:30:00.000000Z"
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def parse_time(text: object) -> datetime | None:
    """An RFC 3339 time in UTC; the offset is part of it, since a time without one is another one everywhere."""
    if text is None:
        return None
    try:
        if isinstance(text, str) and _RFC_3339.fullmatch(text):
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise PydanticCustomError(
        "time", "Give a time of RFC 3339 with its offset, such as 2026-01-31T09:30:00Z."
    )


Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=[EXAMPLE_TIME])]
Tag = Annotated[str, Field(min_length=1, max_length=LONGEST_TAG)]


TWO_DATES: JsonDict = {
    "properties": {"run_at": {"type": "string"}, "delay_seconds": {"type": "number"}},
    "required": ["run_at", "delay_seconds"],
}


class NewJob(Strict):
    """A job to run. What is null or left out is as the operation and the service have it."""

    model_config = ConfigDict(json_schema_extra={"not": TWO_DATES})

    operation: Annotated[str, Field(examples=["square_sum"])]
    data: Annotated[Any, Field(description="What the operation takes.", examples=[[1, 2, 3]])]
    priority: Annotated[int, Field(ge=-100, le=100, description="Higher runs first.")] = 0
    run_at: Annotated[
        datetime | None,
        BeforeValidator(parse_time),
        Field(description="Not before this time; at most a year ahead, the past means now."),
    ] = None
    delay_seconds: Annotated[
        float | None, Field(ge=0, le=SECONDS_OF_A_YEAR, description="Not before so many seconds from now.")
    ] = None
    timeout_seconds: Annotated[float | None, Field(ge=0.1, le=86_400, description="Of each attempt.")] = None
    max_attempts: Annotated[int | None, Field(ge=1, le=100)] = None
    retention_seconds: Annotated[
        int | None,
        Field(ge=0, le=SECONDS_OF_A_YEAR, description="How long it is kept once it is final; at least 60."),
    ] = None
    tags: Annotated[list[Tag], Field(max_length=20, default_factory=list)]


class JobProgress(BaseModel):
    """How far it says to be."""

    done: float
    total: float
    message: str


class JobError(BaseModel):
    """What ended the last attempt."""

    code: ErrorCode
    type: Annotated[str, Field(description="The name of the exception.")]
    message: str


class ListedJob(BaseModel):
    """A job without what may be large."""

    id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    operation: Annotated[str, Field(examples=["square_sum"])]
    status: JobStatus
    error: JobError | None
    priority: int
    tags: list[str]
    batch_id: str | None
    attempt: Annotated[int, Field(description="0 before the first start.")]
    max_attempts: int
    timeout_seconds: float
    progress: JobProgress | None
    run_at: Time
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    expires_at: Annotated[Time | None, Field(description="When it is erased.")]
    version: Annotated[int, Field(description="One more with every change of status.")]


class ShownJob(ListedJob):
    """A job."""

    data: Annotated[Any, Field(examples=[[1, 2, 3]])]
    result: Annotated[Any, Field(description="Null until SUCCESS.", examples=[14])]


class JobPage(BaseModel):
    """Some jobs, newest first."""

    items: list[ListedJob]
    next_cursor: Annotated[str | None, Field(description="Null on the last page.")]


class NewBatch(Strict):
    """Jobs to run, all or none."""

    jobs: Annotated[list[NewJob], Field(min_length=1, max_length=LARGEST_BATCH)]


class SubmittedBatch(BaseModel):
    """A stored batch."""

    id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    total: Annotated[int, Field(examples=[2])]
    job_ids: Annotated[list[str], Field(description="In the order of `jobs`.", examples=[[EXAMPLE_ID]])]


class ShownBatch(BaseModel):
    """Where the jobs of a batch stand."""

    id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    total: Annotated[int, Field(description="How many were submitted.", examples=[2])]
    counts: Annotated[dict[JobStatus, int], Field(description="Without those that were erased or purged.")]
    done: Annotated[bool, Field(description="Nothing is left to run.")]


class Limits(BaseModel):
    """What holds for a job that asks for nothing else."""

    timeout_seconds: Annotated[float, Field(description="Of each attempt.")]
    max_attempts: int
    retry_on: Annotated[list[str], Field(description="Exceptions that are worth another attempt.")]


class ShownOperation(BaseModel):
    """An operation."""

    name: Annotated[str, Field(examples=["square_sum"])]
    summary: str
    description: str
    input_schema: Annotated[dict[str, Any], Field(description="Of `data`: JSON Schema 2020-12.")]
    output_schema: Annotated[dict[str, Any], Field(description="Of `result`: JSON Schema 2020-12.")]
    limits: Limits
    examples: Annotated[list[Any], Field(description="Data that it takes.", examples=[[[1, 2, 3]]])]


class Catalogue(BaseModel):
    """Every operation."""

    items: list[ShownOperation]


class Spread(BaseModel):
    """Of some seconds; null without any."""

    p50: float | None
    p95: float | None


class Bucket(BaseModel):
    """How the jobs ended that ended in the step that begins at that time."""

    at: Time
    counts: dict[JobStatus, int]


class ShownStats(BaseModel):
    """How somebody's jobs have been doing."""

    counts: dict[JobStatus, int]
    finished: Annotated[list[Bucket], Field(description="In steps, oldest first.")]
    wait: Annotated[Spread, Field(description="From when a job was due to its last start.")]
    run: Annotated[Spread, Field(description="From its last start to its end.")]
    sample: Annotated[int, Field(description="How many finished jobs were looked at; at most 10,000.")]


class Step(BaseModel):
    """One change of a job's status."""

    version: int
    status: JobStatus
    attempt: int
    at: Time
    cause: Annotated[str, Field(examples=["submitted", "claimed", "succeeded"])]


class Timeline(BaseModel):
    """Every change, oldest first: the first and the last 499."""

    items: list[Step]


class ShownUser(BaseModel):
    """Somebody with an account."""

    id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    username: Annotated[str, Field(examples=["ada"])]
    created_at: Time


class Login(BaseModel):
    """A user, and what opens every other door: `Authorization: Bearer <access_token>`."""

    user: ShownUser
    access_token: str
    refresh_token: Annotated[str, Field(description="Good once, for a new pair of tokens.")]
    token_type: Literal["bearer"] = "bearer"  # noqa: S105
    expires_in: Annotated[int, Field(description="Seconds until the access token ends.", examples=[3600])]


class Refresh(Strict):
    """What an earlier answer gave."""

    refresh_token: Annotated[str, Field(description="The newest one; each is good once.")]


class PasswordChange(Strict):
    """Another password."""

    current_password: Annotated[str, Field(examples=["correct-horse-9"])]
    new_password: Annotated[
        str, Field(description="8 to 1024 bytes, not easy to guess.", examples=["battery-staple-7"])
    ]


KeyScope = Literal["jobs:read", "jobs:write"]


class NewApiKey(Strict):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100, examples=["nightly import"])]
    scopes: Annotated[
        list[KeyScope], Field(min_length=1, max_length=2, examples=[["jobs:read", "jobs:write"]])
    ]
    expires_at: Annotated[
        datetime | None, BeforeValidator(parse_time), Field(description="Null or left out: never.")
    ] = None


class ShownApiKey(BaseModel):
    """A key, without what opens the door."""

    id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    name: Annotated[str, Field(examples=["nightly import"])]
    scopes: Annotated[list[str], Field(examples=[["jobs:read", "jobs:write"]])]
    created_at: Time
    expires_at: Time | None


class MadeApiKey(ShownApiKey):
    """A new key."""

    key: Annotated[str, Field(description="Shown once. `Authorization: Bearer <key>`.", examples=["jp_…"])]


class ApiKeyList(BaseModel):
    """All of a user's keys, newest first."""

    items: list[ShownApiKey]
