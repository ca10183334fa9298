"""Refusals as HTTP answers: one map from kind to status, and the shape of the seed surface."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from jobproc.adapters.http.bodies import UnsupportedMediaType
from jobproc.adapters.http.strict_json import NotJson
from jobproc.domain.errors import (
    Conflict,
    Fault,
    InvalidInput,
    JobprocError,
    NotAuthenticated,
    NotFound,
    Refused,
    TooLarge,
    TooMany,
    Unavailable,
)

STATUS: Mapping[type[JobprocError], int] = {
    NotJson: 400,
    NotAuthenticated: 401,
    Refused: 403,
    NotFound: 404,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    InvalidInput: 422,
    TooMany: 429,
    Unavailable: 503,
}
# Answers that clients of these paths have relied on since before there were kinds.
SEED_STATUS = {"username-taken": 400, "unknown-operation": 400}
RETRY_SECONDS = 2


async def seed_refusal(request: Request, error: Exception) -> JSONResponse:
    """A `JobprocError` as `{"detail": …}`."""
    if not isinstance(error, JobprocError):
        raise error
    status = SEED_STATUS.get(error.code) or STATUS.get(type(error), 500)
    return JSONResponse({"detail": _detail(error)}, status, _headers(error))


async def seed_http_error(request: Request, error: Exception) -> JSONResponse:
    """What the router refuses, such as a wrong method, as `{"detail": …}`."""
    if not isinstance(error, HTTPException):
        raise error
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


async def seed_invalid_request(request: Request, error: Exception) -> JSONResponse:
    """Wrong query, header or path values, without an echo of what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    detail = [{"loc": each["loc"], "msg": each["msg"], "type": each["type"]} for each in error.errors()]
    return JSONResponse({"detail": detail}, 422)


async def seed_failure(request: Request, error: Exception) -> JSONResponse:
    """Whatever was not foreseen; the server logs it."""
    return JSONResponse({"detail": "Internal Server Error"}, 500)


def _detail(error: JobprocError) -> Any:
    if isinstance(error, InvalidInput) and error.faults:
        return [_fault(each) for each in error.faults]
    return error.detail


def _fault(fault: Fault) -> dict[str, Any]:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.pointer.split("/")[1:]]
    location = [int(step) if step.isdecimal() else step for step in steps]
    return {"loc": ["body", *location], "msg": fault.detail, "type": fault.code}


def _headers(error: JobprocError) -> dict[str, str]:
    match error:
        case NotAuthenticated():
            return {"WWW-Authenticate": "Bearer"}
        case TooMany(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case Unavailable():
            return {"Retry-After": str(RETRY_SECONDS)}
        case _:
            return {}
