"""Refusals as HTTP answers: one map from kind to status, and a presenter for each surface."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from jobproc.adapters.http.bodies import TooSlow, UnsupportedMediaType
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
    pointer_to,
)

STATUS: Mapping[type[JobprocError], int] = {
    NotJson: 400,
    NotAuthenticated: 401,
    Refused: 403,
    NotFound: 404,
    TooSlow: 408,
    Conflict: 409,
    TooLarge: 413,
    UnsupportedMediaType: 415,
    InvalidInput: 422,
    TooMany: 429,
    Unavailable: 503,
}
# Where one code of a kind has its own.
STATUS_OF_CODE = {"invalid-cursor": 400}
# Of the parameters; a query may hold thousands.
MOST_FAULTS = 100
# What the router refuses by itself.
METHODS = ("DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT")
ROUTER_CODES = {404: "not-found", 405: "method-not-allowed"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is none, before it takes the shape of a surface; `place` is where its faults are."""

    status: int
    code: str
    detail: str
    faults: tuple[Fault, ...] = ()
    place: str = "body"
    headers: Mapping[str, str] = field(default_factory=dict)


Presenter = Callable[[Request, Refusal], Response]


def answer_refusals(app: FastAPI, present: Presenter) -> None:
    """Turn everything that a route may raise into what `present` makes of it."""

    def presenting(kind: type[Exception], refuse: Callable[[Request, Exception], Refusal]) -> None:
        async def answer(request: Request, error: Exception) -> Response:
            return present(request, refuse(request, error))

        app.add_exception_handler(kind, answer)

    presenting(JobprocError, _of_application)
    presenting(HTTPException, _of_router)
    presenting(RequestValidationError, _of_parameters)
    presenting(Exception, _unforeseen)


def refusal_of(request: Request, error: JobprocError | RequestValidationError) -> Refusal:
    """What an endpoint, or the reading of its parameters, has refused."""
    return (_of_application if isinstance(error, JobprocError) else _of_parameters)(request, error)


def present_seed(_: Request, refusal: Refusal) -> JSONResponse:
    """As `{"detail": …}`, the shape of the seed surface."""
    status = SEED_STATUS.get(refusal.code, refusal.status)
    located = [_located(fault, refusal.place) for fault in refusal.faults] if status == 422 else []
    return JSONResponse({"detail": located or refusal.detail}, status, dict(refusal.headers))


# Answers that clients of these paths have relied on since before there were kinds.
SEED_STATUS = {"username-taken": 400, "unknown-operation": 400}


def _located(fault: Fault, place: str) -> dict[str, object]:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in fault.pointer.split("/")[1:]]
    location = [int(step) if step.isdecimal() else step for step in steps]
    return {"loc": [place, *location], "msg": fault.detail, "type": fault.code}


def _of_application(_: Request, error: Exception) -> Refusal:
    if not isinstance(error, JobprocError):
        raise error
    faults = error.faults if isinstance(error, InvalidInput) else ()
    status = STATUS_OF_CODE.get(error.code) or STATUS.get(type(error), 500)
    return Refusal(status, error.code, error.detail, faults, headers=_headers(error))


def _of_router(request: Request, error: Exception) -> Refusal:
    if not isinstance(error, HTTPException):
        raise error
    code = ROUTER_CODES.get(error.status_code, "refused")
    headers = dict(error.headers or {})
    # Files say it themselves; a route of ours never names HEAD.
    if error.status_code == 405 and "HEAD" not in headers.get("Allow", ""):
        headers["Allow"] = ", ".join(_allowed_methods(request))
    return Refusal(error.status_code, code, str(error.detail), headers=headers)


def _allowed_methods(request: Request) -> list[str]:
    """Of all routes with this path; the router itself names those of the first one only."""
    asked = {"type": "http", "path": request.url.path, "headers": []}
    scopes = ((method, {**asked, "method": method}) for method in METHODS)
    allowed = [method for method, scope in scopes if _is_routed(request.app.routes, scope)]
    return sorted([*allowed, "HEAD"]) if "GET" in allowed else allowed


def _is_routed(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


def _of_parameters(_: Request, error: Exception) -> Refusal:
    """Wrong query, header or path values, without an echo of what was sent."""
    if not isinstance(error, RequestValidationError):
        raise error
    wrong = error.errors()[:MOST_FAULTS]
    faults = tuple(Fault(pointer_to(*each["loc"][1:]), each["type"], each["msg"]) for each in wrong)
    return Refusal(422, "invalid-input", "The parameters do not fit.", faults, str(wrong[0]["loc"][0]))


def _unforeseen(_: Request, error: Exception) -> Refusal:
    """Whatever was not foreseen; the server logs it."""
    return Refusal(500, "internal-error", "Internal Server Error")


def _headers(error: JobprocError) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, NotAuthenticated) else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return headers
