"""Submitting a job: a form for each operation, from the schema of its data."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.errors import STATUS
from jobproc.adapters.http.raw_json import array_of, object_of
from jobproc.adapters.http.strict_json import NotJson, parse_object
from jobproc.adapters.http.submitting import origin_of
from jobproc.adapters.http.ui import faults
from jobproc.adapters.http.ui.fields import Field, Kind, field_of
from jobproc.adapters.http.ui.filled import fill, read
from jobproc.adapters.http.ui.forms import Form
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.v1.jobs import to_submission
from jobproc.adapters.http.v1.presenting import text_of
from jobproc.application.application import Application
from jobproc.domain.errors import InvalidInput, JobprocError, TooLarge, TooMany
from jobproc.domain.jobs import Job

RAW = Field("/data", Kind.JSON, "Data", required=True, hint="JSON.")
# As they stand in the form; the names are those of `/v1`.
NUMBERS = ("priority", "delay_seconds", "timeout_seconds", "max_attempts")
THEIRS = (InvalidInput, NotJson, TooLarge, TooMany)

router = APIRouter(prefix="/ui")


@router.get("/new")
async def show_new(
    request: Request,
    application: TheApplication,
    visitor: Visitor,
    operation: Annotated[str, Query()] = "",
    again: Annotated[UUID | None, Query()] = None,
    raw: Annotated[bool, Query()] = False,
    example: Annotated[bool, Query()] = False,
) -> Response:
    """The operations, and the form of the one that was chosen; `again` fills it in with an earlier job."""
    if again:
        job = await application.get_job(visitor.user_id, again)
        return _form_of(request, application, job, raw=raw)
    if not operation and len(application.operations) == 1:
        [operation] = application.operations
    if example and (chosen := application.operations.get(operation)) and chosen.examples:
        return _filled(request, application, operation, chosen.examples[0], {}, raw=raw)
    return _page(request, application, operation, raw=raw)


@router.post("/new")
async def submit(request: Request, application: TheApplication, visitor: Visitor, form: Form) -> Response:
    """Submit it; what is wrong is told beside its field."""
    operation, raw = form.get("operation", ""), bool(form.get("raw"))
    try:
        field = RAW if raw else _field(application, operation)
        submission = to_submission(parse_object(_body(request, operation, field, form)), origin_of(request))
        job = (await application.submit_job(visitor.user_id, submission)).job
    except THEIRS as error:
        return _page(request, application, operation, raw=raw, values=form, error=error)
    return RedirectResponse(f"/ui/jobs/{job.id}", 303)


def _field(application: Application, operation: str) -> Field:
    known = application.operations.named(operation)
    return field_of(application.describe_operations.named(known.name).schemas.input)


def _body(request: Request, operation: str, field: Field, form: Mapping[str, str]) -> str:
    """What a program would have sent; it may be no larger."""
    members = {"operation": text_of(operation), "data": read(field, form)}
    members |= {name: read(Field(f"/{name}", Kind.NUMBER, "", required=False), form) for name in NUMBERS}
    tags = [each.strip() for each in form.get("/tags", "").split(",")]
    members["tags"] = array_of(text_of(each) for each in tags if each)
    body = object_of({name: text for name, text in members.items() if text is not None})
    if len(body.encode()) > request.app.state.max_body_bytes:
        raise TooLarge(f"The job is larger than {request.app.state.max_body_bytes} bytes.")
    return body


def _form_of(request: Request, application: Application, job: Job, *, raw: bool) -> Response:
    options = {"/priority": str(job.priority or ""), "/tags": ", ".join(job.tags)}
    return _filled(request, application, job.operation, job.data, options, raw=raw)


def _filled(
    request: Request,
    application: Application,
    operation: str,
    data: str,
    options: Mapping[str, str],
    *,
    raw: bool,
) -> Response:
    """The form with the data in it, or, where it has no room for them, the data as JSON."""
    known = operation in application.operations
    values = fill(_field(application, operation), data) if known and not raw else None
    filled = values if values is not None else fill(RAW, data)
    return _page(request, application, operation, raw=values is None, values={**(filled or {}), **options})


def _page(
    request: Request,
    application: Application,
    operation: str,
    *,
    raw: bool = False,
    values: Mapping[str, str] | None = None,
    error: JobprocError | None = None,
) -> Response:
    chosen = application.operations.get(operation)
    field = None if chosen is None else RAW if raw else _field(application, operation)
    told: dict[str, Any] = faults.by_field(field, error) if field and error else {}
    return page(
        request,
        "new.html",
        status=STATUS[type(error)] if error else 200,
        operations=[application.operations[name] for name in sorted(application.operations)],
        chosen=chosen,
        field=field,
        raw=raw,
        values=values,
        error=error,
        told=told,
        labels=faults.labels_of(field) if field else {},
    )
