"""The page of one job, and what can be done to it."""

import shlex
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.raw_json import json_answer, object_of
from jobproc.adapters.http.ui.pages import drawn, page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.v1.jobs import JobId
from jobproc.adapters.http.v1.presenting import text_of
from jobproc.application.application import Application
from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import Job

# What is longer opens by itself.
MOST_SHOWN = 20_000

router = APIRouter(prefix="/ui/jobs/{job_id}")


@router.get("")
async def show_job(
    request: Request, application: TheApplication, visitor: Visitor, job_id: JobId
) -> Response:
    """Everything that is known of it."""
    job = await application.get_job(visitor.user_id, job_id)
    steps = await application.get_timeline(visitor.user_id, job_id)
    return page(request, "job.html", job=job, steps=steps, most=MOST_SHOWN, curl=curl_of(job, request))


@router.get("/data")
async def show_data(application: TheApplication, visitor: Visitor, job_id: JobId) -> Response:
    """What it was given, as JSON."""
    return json_answer((await application.get_job(visitor.user_id, job_id)).data)


@router.get("/result")
async def show_result(application: TheApplication, visitor: Visitor, job_id: JobId) -> Response:
    """What came of it, as JSON."""
    return json_answer(await application.get_result(visitor.user_id, job_id))


@router.post("/cancel")
async def cancel(application: TheApplication, visitor: Visitor, job_id: JobId) -> Response:
    """End it; ended meanwhile is as good."""
    try:
        await application.cancel_job(visitor.user_id, job_id)
    except Conflict:
        await application.get_job(visitor.user_id, job_id)
    return _back_to(job_id)


@router.post("/retry")
async def retry(application: TheApplication, visitor: Visitor, job_id: JobId) -> Response:
    """Begin it anew."""
    await application.retry_job(visitor.user_id, job_id)
    return _back_to(job_id)


@router.post("/delete")
async def delete(application: TheApplication, visitor: Visitor, job_id: JobId) -> Response:
    """Erase it, and go back to the others."""
    await application.erase_job(visitor.user_id, job_id)
    return RedirectResponse("/ui", 303)


async def draw_job(application: Application, owner: UUID, id: UUID) -> str:
    """What of the page changes while it is open."""
    job = await application.get_job(owner, id)
    steps = await application.get_timeline(owner, id)
    return drawn("job_state.html", job=job, steps=steps, most=MOST_SHOWN)


def curl_of(job: Job, request: Request) -> str:
    """A command that submits the same again."""
    asked = {"operation": text_of(job.operation), "data": job.data}
    if job.priority:
        asked["priority"] = str(job.priority)
    if job.tags:
        asked["tags"] = text_of(job.tags)
    lines = (
        f"curl {shlex.quote(str(request.base_url) + 'v1/jobs')}",
        '-H "Authorization: Bearer $TOKEN"',
        "-H 'Content-Type: application/json'",
        f"-d {shlex.quote(object_of(asked))}",
    )
    return " \\\n  ".join(lines)


def _back_to(id: UUID) -> Response:
    return RedirectResponse(f"/ui/jobs/{id}", 303)
