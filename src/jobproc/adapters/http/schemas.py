"""The shapes of the seed surface, as its clients send and read them."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from jobproc.adapters.http.declared import headers

COMPONENT = "#/components/schemas/{model}"
EXAMPLE_ID = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"


class Strict(BaseModel):
    """A body without unknown members, whose values are of their type already."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Credentials(Strict):
    """Who somebody says to be."""

    username: Annotated[str, Field(description="3 to 64 of a-z, 0-9, `_`, `.`, `-`.", examples=["ada"])]
    password: Annotated[str, Field(description="8 to 1024 bytes.", examples=["correct-horse-9"])]


class Token(BaseModel):
    """What opens every other door: `Authorization: Bearer <access_token>`."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105


class NewJob(Strict):
    """A job to run."""

    operation: Annotated[str, Field(examples=["square_sum"])]
    data: Annotated[Any, Field(description="What the operation takes.", examples=[[1, 2, 3]])]


class AcceptedJob(BaseModel):
    """A stored job."""

    job_id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    status: Annotated[str, Field(examples=["PENDING"])]


class JobState(BaseModel):
    """Where a job stands."""

    status: Annotated[str, Field(examples=["PENDING", "IN_PROGRESS", "SUCCESS", "FAILED"])]


class JobResult(JobState):
    """Where a job stands, and its result once it is a success."""

    result: Annotated[Any, Field(examples=[14])] = None


class SeedJob(JobResult):
    """One job of a list."""

    job_id: Annotated[str, Field(examples=[EXAMPLE_ID])]
    operation: Annotated[str, Field(examples=["square_sum"])]
    data: Annotated[Any, Field(examples=[[1, 2, 3]])]


class JobList(BaseModel):
    """The caller's jobs, newest first."""

    jobs: list[SeedJob]


class ShownPart(BaseModel):
    """How one part is."""

    status: Annotated[str, Field(examples=["ok", "degraded", "failed"])]
    detail: str


class ShownReadiness(BaseModel):
    """Whether a process can do its work."""

    status: Annotated[str, Field(examples=["ok", "degraded", "failed", "stopping"])]
    parts: Annotated[dict[str, ShownPart], Field(description="By its name, such as `postgres`.")]


class Refusal(BaseModel):
    """Why a request was refused: a sentence, or a fault for each wrong value."""

    detail: str | list[Any]


DETAILS: dict[int, Any] = {
    400: "This is not a request of HTTP/1.1.",
    401: "Not authenticated",
    403: "The API key has not the scope jobs:write. Make one that has.",
    404: "Job not found",
    408: "The body came too slowly.",
    413: "The body is larger than 1048576 bytes.",
    415: "Send JSON: Content-Type: application/json, in UTF-8.",
    422: [{"loc": ["body", "data", 0], "msg": "Input should be a valid integer", "type": "int_type"}],
    429: "Too many requests. Try again in 41 s.",
    431: "Too many or too large headers.",
    500: "Internal Server Error",
    503: "The database does not answer. Try again in a few seconds.",
}


HEADERS = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}


def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI description of a body that is read by hand."""
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": model.model_json_schema(ref_template=COMPONENT)}},
        }
    }


def refusals(
    *statuses: int, told: Mapping[int, str] = MappingProxyType({})
) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of the refusals that a call may answer with, and of those that every call may.

    `told` has the words of those that are its own.
    """
    details = {**DETAILS, **told}
    possible = sorted({*statuses, 400, 431, 500, *((408,) if 413 in statuses else ())})
    return {
        status: {
            "model": Refusal,
            "content": {"application/json": {"example": {"detail": details[status]}}},
            **headers(*HEADERS.get(status, ())),
        }
        for status in possible
    }
