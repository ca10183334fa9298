"""What every way to submit has in common: the key that makes a repeated request the same request, and its origin."""

from typing import Annotated, Any, TypedDict

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field, TypeAdapter, ValidationError

from jobproc.adapters.http.declared import header
from jobproc.application.batches import SubmittedBatch
from jobproc.application.jobs import Submitted

NAME = "Idempotency-Key"
_KEY = TypeAdapter(Annotated[str, Field(min_length=1, max_length=255, pattern="^[!-~]+$")])

KEY_PARAMETER: dict[str, Any] = header(
    NAME, "The same key and body make the same job, however often they are sent.", _KEY.json_schema()
)


def key_of(request: Request) -> str | None:
    """The caller's name for the request, if it has one; a bad one: `RequestValidationError`."""
    given = request.headers.get(NAME)
    if given is None:
        return None
    try:
        return _KEY.validate_python(given)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        raise RequestValidationError([{**each, "loc": ("header", NAME)} for each in details]) from None


class Origin(TypedDict):
    """What a submission keeps of its request."""

    request_id: str
    traceparent: str | None


def origin_of(request: Request) -> Origin:
    """The same for all of its submissions."""
    state = request.state
    return Origin(request_id=state.request_id, traceparent=state.traceparent)


def replayed(submitted: Submitted | SubmittedBatch) -> dict[str, str]:
    """Says in a header that an earlier request made the job."""
    return {"Idempotent-Replayed": "true"} if submitted.replayed else {}
