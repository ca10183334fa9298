"""Refusals as RFC 9457 `application/problem+json`, and the pages that their types point to."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, Field

from jobproc.adapters.http.declared import headers
from jobproc.adapters.http.errors import Refusal
from jobproc.domain.errors import Fault, NotFound

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of refusal: what it means, and what helps."""

    status: int
    title: str
    remedy: str


class WrongValue(BaseModel):
    """One wrong value, never shown itself."""

    pointer: Annotated[str, Field(description="A JSON pointer (RFC 6901) to it.", examples=["/data/0"])]
    code: str
    detail: str


class Problem(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: Annotated[str, Field(description="A page that explains it.", examples=["/problems/not-found"])]
    title: str
    status: int
    detail: str
    code: Annotated[str, Field(examples=["not-found"])]
    request_id: Annotated[str, Field(description="The `X-Request-Id` of the answer.")]
    errors: Annotated[list[WrongValue] | None, Field(description="With status 422 only.")] = None


PROBLEMS: Mapping[str, Kind] = {
    "not-json": Kind(400, "The body is not JSON", "Send one JSON object in UTF-8, without NUL characters."),
    "unknown-host": Kind(400, "Not a host of this service", "Call the service by its own name."),
    "invalid-cursor": Kind(
        400,
        "The cursor is not valid",
        "Use `next_cursor` of an earlier answer as it is, with the same filters.",
    ),
    "not-authenticated": Kind(
        401, "Nobody is logged in", "Log in, and send the access token: `Authorization: Bearer …`."
    ),
    "invalid-credentials": Kind(401, "Wrong name or password", "Check both; registering makes an account."),
    "refresh-reused": Kind(
        401, "This refresh token is spent", "Use the newest pair of tokens, or log in again."
    ),
    "refused": Kind(403, "Not allowed", "The detail says what is missing."),
    "registration-closed": Kind(
        403, "Registration is closed", "Ask whoever runs this service for an account."
    ),
    "insufficient-scope": Kind(
        403,
        "An API key cannot do this",
        "Make a key with the scope that the detail names, or log in.",
    ),
    "not-found": Kind(404, "Not there", "It does not exist, was purged, or is not yours. Check the id."),
    "method-not-allowed": Kind(405, "Wrong method", "Use one of the methods of the `Allow` header."),
    "too-slow": Kind(408, "The body came too slowly", "Send it again, all at once."),
    "conflict": Kind(409, "The present state does not allow it", "The detail says what does."),
    "username-taken": Kind(409, "The name is taken", "Choose another name."),
    "too-many-keys": Kind(409, "There are too many API keys", "Delete one that nothing uses any more."),
    "illegal-transition": Kind(
        409,
        "The job's status does not allow it",
        "The detail names the statuses that do; read the job again.",
    ),
    "result-not-ready": Kind(
        409, "The job is not done", "Ask again after `Retry-After` seconds, or wait with `Prefer: wait=n`."
    ),
    "job-not-successful": Kind(
        409, "The job has no result", "Its `error` says why it failed; a retry begins it anew."
    ),
    "too-large": Kind(413, "Too large", "Send less at once; the detail names the limit."),
    "unsupported-media-type": Kind(
        415, "Not JSON by its headers", "Send `Content-Type: application/json`, in UTF-8 and not compressed."
    ),
    "invalid-request": Kind(400, "Not a request of HTTP/1.1", "Use a client that keeps to the standard."),
    "headers-too-large": Kind(431, "Too many or too large headers", "Send fewer and shorter ones."),
    "invalid-input": Kind(422, "Wrong values", "`errors` points to each one."),
    "unknown-operation": Kind(
        422, "There is no such operation", "`GET /v1/operations` lists those that there are."
    ),
    "invalid-data": Kind(
        422,
        "The data does not fit the operation",
        "`errors` points to each wrong place; the schema is its rule.",
    ),
    "idempotency-mismatch": Kind(
        422, "The key came with another request before", "Use a new `Idempotency-Key` for a new request."
    ),
    "too-many-requests": Kind(429, "Too many requests", "Come back after `Retry-After` seconds."),
    "internal-error": Kind(
        500, "Something went wrong in the service", "Try again; if it stays, report the `X-Request-Id`."
    ),
    "unavailable": Kind(
        503,
        "A needed part is away",
        "Try again after `Retry-After` seconds; nothing was changed, or all of it.",
    ),
}

HEADERS = {
    "invalid-credentials": "WWW-Authenticate",
    "not-authenticated": "WWW-Authenticate",
    "refresh-reused": "WWW-Authenticate",
    "result-not-ready": "Retry-After",
    "too-many-requests": "Retry-After",
    "unavailable": "Retry-After",
}

# Of refusals that are about one value and have no other.
PLACES = {"idempotency-mismatch": "/Idempotency-Key"}

router = APIRouter(include_in_schema=False)


def present_problem(request: Request, refusal: Refusal) -> JSONResponse:
    """As a problem document."""
    body = problem_of(refusal, request.state.request_id)
    return JSONResponse(body, refusal.status, dict(refusal.headers), MEDIA_TYPE)


def problem_of(refusal: Refusal, request_id: str) -> dict[str, object]:
    """The members of a problem document; `code` is the last part of its `type`."""
    body: dict[str, object] = {
        "type": f"/problems/{refusal.code}",
        "title": PROBLEMS[refusal.code].title,
        "status": refusal.status,
        "detail": refusal.detail,
        "code": refusal.code,
        "request_id": request_id,
    }
    if refusal.status == 422:
        body["errors"] = [asdict(fault) for fault in refusal.faults or (_whole(refusal),)]
    return body


def _whole(refusal: Refusal) -> Fault:
    """Where there is one thing to be wrong."""
    return Fault(PLACES.get(refusal.code, ""), refusal.code, refusal.detail)


# Whatever a call is about.
ALWAYS_POSSIBLE = ("invalid-request", "unknown-host", "headers-too-large", "internal-error")


def problems(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI description of the problems that a call may answer with, by status."""
    codes = tuple(dict.fromkeys((*codes, *ALWAYS_POSSIBLE)))
    statuses = sorted({PROBLEMS[code].status for code in codes})
    return {
        status: _described([code for code in codes if PROBLEMS[code].status == status]) for status in statuses
    }


def _described(codes: Sequence[str]) -> dict[str, Any]:
    examples = {code: {"value": _example(code)} for code in codes}
    content = {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}
    return {
        "description": " / ".join(PROBLEMS[code].title for code in codes),
        "content": {MEDIA_TYPE: content},
        **headers(*sorted({HEADERS[code] for code in codes if code in HEADERS})),
    }


def _example(code: str) -> dict[str, object]:
    kind = PROBLEMS[code]
    return problem_of(Refusal(kind.status, code, f"{kind.title}."), "4b5d2c7f9a1e0836")


@router.get("/problems/{code}")
async def explain(code: str) -> HTMLResponse:
    """What a problem means, for people."""
    if code not in PROBLEMS:
        raise NotFound("There is no such problem.")
    problem = PROBLEMS[code]
    words = {"code": code, "status": problem.status, "title": problem.title, "remedy": problem.remedy}
    return HTMLResponse(
        PAGE.format_map({name: html.escape(str(word)) for name, word in words.items()}),
        headers={"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"},
    )


PAGE = """\
<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{title} · jobproc</title>
</head>
<body>
  <h1>{title}</h1>
  <p><code>{code}</code>, status {status}</p>
  <p>{remedy}</p>
  <p><a href="/docs">API</a></p>
</body>
</html>
"""
