"""The seed surface: six paths whose shapes and codes stay as their first clients know them."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from jobproc.adapters.http.authentication import (
    Reader,
    TheApplication,
    application_of,
    require,
    required,
)
from jobproc.adapters.http.bodies import check, read_credentials, read_object
from jobproc.adapters.http.declared import headers, path_parameter
from jobproc.adapters.http.rate_limits import limit_address
from jobproc.adapters.http.raw_json import array_of, json_answer, object_of
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import (
    AcceptedJob,
    Credentials,
    JobList,
    JobResult,
    JobState,
    NewJob,
    Token,
    body_of,
    refusals,
)
from jobproc.adapters.http.submitting import KEY_PARAMETER, key_of, origin_of, replayed
from jobproc.application.ports import Page
from jobproc.domain.errors import NotFound
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.scopes import Scope
from jobproc.domain.submissions import Submission

MOST_LISTED = 1000
MOST_LISTED_BYTES = 16 * 1024 * 1024
# An old polling loop knows four statuses, and must end.
SHOWN = {JobStatus.SCHEDULED: JobStatus.PENDING, JobStatus.CANCELLED: JobStatus.FAILED}

router = EitherSlashRouter(generate_unique_id_function=lambda route: f"seed_{route.name}")


async def read_submission(request: Request) -> Submission:
    """The body as a submission whose data keeps the text that was sent."""
    key = key_of(request)
    body = await read_object(request)
    job = check(NewJob, {name: member.value for name, member in body.items()})
    return Submission(
        operation=job.operation, data=body["data"].text, idempotency_key=key, **origin_of(request)
    )


async def parse_job_id(job_id: str) -> UUID:
    """What is no id is the id of no job."""
    try:
        return UUID(job_id)
    except ValueError:
        raise NotFound("Job not found") from None


JobId = Annotated[UUID, Depends(parse_job_id)]
ID_PARAMETER = path_parameter("job_id", {"type": "string", "title": "Job Id"})


@router.post(
    "/register",
    tags=["accounts"],
    summary="Make an account and log in",
    responses=refusals(403, 413, 415, 422, 429, 503, told={403: "Registration is closed."}),
    openapi_extra=body_of(Credentials),
    dependencies=[Depends(limit_address)],
)
async def register(
    application: TheApplication, credentials: Annotated[Credentials, Depends(read_credentials)]
) -> Token:
    """The name is free for the first who takes it, whatever its case."""
    welcome = await application.register(credentials.username, credentials.password, take_weak=True)
    return Token(access_token=welcome.access_token)


@router.post(
    "/login",
    tags=["accounts"],
    summary="Log in",
    responses=refusals(401, 413, 415, 422, 429, 503, told={401: "Invalid credentials"}),
    openapi_extra=body_of(Credentials),
    dependencies=[Depends(limit_address)],
)
async def login(
    application: TheApplication, credentials: Annotated[Credentials, Depends(read_credentials)]
) -> Token:
    """A new token; those of earlier logins stay good."""
    welcome = await application.login(credentials.username, credentials.password)
    return Token(access_token=welcome.access_token)


@router.post(
    "/jobs",
    tags=["jobs"],
    summary="Submit a job",
    response_model=AcceptedJob,
    responses={200: headers("Idempotent-Replayed"), **refusals(401, 403, 413, 415, 422, 429, 503)},
    openapi_extra=body_of(NewJob) | required(Scope.WRITE) | {"parameters": [KEY_PARAMETER]},
)
async def submit_job(request: Request) -> Response:
    """Once this answers the job is stored, and runs whatever dies in between."""
    caller = await require(request, Scope.WRITE)
    submission = await read_submission(request)
    application = await application_of(request)
    submitted = await application.submit_job(caller.user_id, submission)
    job = submitted.job
    return _json({"job_id": json.dumps(str(job.id)), "status": _status(job)}, replayed(submitted))


@router.get(
    "/jobs/{job_id}/status",
    tags=["jobs"],
    summary="Where a job stands",
    response_model=JobState,
    responses=refusals(401, 403, 404, 429, 503),
)
async def job_status(application: TheApplication, caller: Reader, job_id: JobId) -> Response:
    """PENDING, IN_PROGRESS, then SUCCESS or FAILED."""
    return _json({"status": _status(await application.get_job(caller.user_id, job_id))})


@router.get(
    "/jobs/{job_id}/result",
    tags=["jobs"],
    summary="The result of a job",
    response_model=JobResult,
    responses=refusals(401, 403, 404, 429, 503),
    openapi_extra=required(Scope.READ) | {"parameters": [ID_PARAMETER]},
)
async def job_result(request: Request) -> Response:
    """`result` is null until the status is SUCCESS."""
    caller = await require(request, Scope.READ)
    application = await application_of(request)
    job = await application.get_job(caller.user_id, await parse_job_id(request.path_params["job_id"]))
    return _json({"status": _status(job), "result": job.result or "null"})


@router.get(
    "/jobsList/",
    tags=["jobs"],
    summary="Your jobs, newest first",
    response_model=JobList,
    responses={200: headers("Link"), **refusals(401, 403, 422, 429, 503)},
)
async def list_jobs(
    application: TheApplication,
    caller: Reader,
    before: Annotated[UUID | None, Query(description="Jobs older than this one.")] = None,
) -> Response:
    """At most 1000 jobs or 16 MiB; when there are more, the `Link` header says where they are."""
    page = await application.list_jobs(
        caller.user_id, before=before, limit=MOST_LISTED, max_bytes=MOST_LISTED_BYTES
    )
    return _json({"jobs": array_of(map(_listed, page.jobs))}, _link(page))


def _listed(job: Job) -> str:
    return object_of(
        {
            "job_id": json.dumps(str(job.id)),
            "data": job.data,
            "operation": json.dumps(job.operation),
            "status": _status(job),
            "result": job.result or "null",
        }
    )


def _status(job: Job) -> str:
    return json.dumps(SHOWN.get(job.status, job.status))


def _link(page: Page) -> dict[str, str]:
    return {"Link": f'</jobsList/?before={page.next}>; rel="next"'} if page.next else {}


def _json(members: dict[str, str], headers: dict[str, str] | None = None) -> Response:
    return json_answer(object_of(members), headers=headers)
