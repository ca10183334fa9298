"""Jobs: submit, follow, act."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from jobproc.adapters.http.authentication import Caller, TheApplication
from jobproc.adapters.http.bodies import check, read_object
from jobproc.adapters.http.entity_tags import has_seen, tag_of
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import array_of, json_answer, object_of
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import EXAMPLE_ID, body_of
from jobproc.adapters.http.submitting import IdempotencyKey, replayed
from jobproc.adapters.http.v1.auth import BODY_PROBLEMS
from jobproc.adapters.http.v1.presenting import headers_of, show_job, show_step
from jobproc.adapters.http.v1.schemas import UUID_PATTERN, NewJob, ShownJob, Timeline
from jobproc.domain.jobs import Job
from jobproc.domain.submissions import Submission

ALWAYS = ("not-authenticated", "unavailable")
OF_A_JOB = (*ALWAYS, "not-found", "invalid-input")

router = EitherSlashRouter(prefix="/jobs", tags=["jobs"])


def parse_job_id(job_id: Annotated[str, Path(pattern=UUID_PATTERN, examples=[EXAMPLE_ID])]) -> UUID:
    """The id as it was given out, in either case."""
    return UUID(job_id)


JobId = Annotated[UUID, Depends(parse_job_id)]


async def read_submission(request: Request, key: IdempotencyKey = None) -> Submission:
    """The body as a submission whose data keeps the text that was sent."""
    body = await read_object(request)
    job = check(NewJob, {name: member.value for name, member in body.items()})
    asked = job.model_dump(exclude={"data", "tags"})
    return Submission(
        **asked,
        data=body["data"].text,
        tags=tuple(job.tags),
        idempotency_key=key,
        request_id=request.state.request_id,
    )


@router.post(
    "",
    status_code=202,
    summary="Submit a job",
    response_model=ShownJob,
    responses=problems(*ALWAYS, *BODY_PROBLEMS, "unknown-operation", "invalid-data", "idempotency-mismatch"),
    openapi_extra=body_of(NewJob),
)
async def submit_job(
    application: TheApplication,
    caller: Caller,
    submission: Annotated[Submission, Depends(read_submission)],
) -> Response:
    """Once this answers the job is stored, and reaches a final status whatever dies in between."""
    submitted = await application.submit_job(caller.user_id, submission)
    return _accepted(submitted.job, replayed(submitted))


@router.get(
    "/{job_id}",
    summary="One job",
    response_model=ShownJob,
    responses={304: {"description": "As `If-None-Match` says"}, **problems(*OF_A_JOB)},
)
async def get_job(request: Request, application: TheApplication, caller: Caller, job_id: JobId) -> Response:
    """Its `ETag` changes with its status and its progress; with `If-None-Match` nothing is sent twice."""
    job = await application.get_job(caller.user_id, job_id)
    if has_seen(request, tag_of(job)):
        return Response(status_code=304, headers=headers_of(job))
    return json_answer(show_job(job), headers=headers_of(job))


@router.get(
    "/{job_id}/result",
    summary="The bare result",
    responses={
        200: {"description": "What the operation returned.", "content": {"application/json": {"schema": {}}}},
        **problems(*OF_A_JOB, "result-not-ready", "job-not-successful"),
    },
)
async def get_result(application: TheApplication, caller: Caller, job_id: JobId) -> Response:
    """Only of a job that is a SUCCESS."""
    return json_answer(await application.get_result(caller.user_id, job_id))


@router.get(
    "/{job_id}/events",
    summary="What happened to a job",
    response_model=Timeline,
    responses=problems(*OF_A_JOB),
)
async def get_timeline(application: TheApplication, caller: Caller, job_id: JobId) -> Response:
    """Every change of its status, oldest first."""
    steps = await application.get_timeline(caller.user_id, job_id)
    return json_answer(object_of({"items": array_of(map(show_step, steps))}))


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    response_model=ShownJob,
    responses=problems(*OF_A_JOB, "illegal-transition"),
)
async def cancel_job(application: TheApplication, caller: Caller, job_id: JobId) -> Response:
    """CANCELLED at once: no result will be recorded, and work that runs is stopped within 2 seconds."""
    job = await application.cancel_job(caller.user_id, job_id)
    return json_answer(show_job(job), headers=headers_of(job))


@router.post(
    "/{job_id}/retry",
    status_code=202,
    summary="Run a failed or cancelled job again",
    response_model=ShownJob,
    responses=problems(*OF_A_JOB, "illegal-transition"),
)
async def retry_job(application: TheApplication, caller: Caller, job_id: JobId) -> Response:
    """PENDING under the same id; its history stays."""
    return _accepted(await application.retry_job(caller.user_id, job_id))


@router.delete(
    "/{job_id}",
    status_code=204,
    summary="Erase a final job",
    responses=problems(*OF_A_JOB, "illegal-transition"),
)
async def erase_job(application: TheApplication, caller: Caller, job_id: JobId) -> None:
    """With its data, its result and its history."""
    await application.erase_job(caller.user_id, job_id)


def _accepted(job: Job, headers: dict[str, str] | None = None) -> Response:
    location = {"Location": f"/v1/jobs/{job.id}"}
    return json_answer(show_job(job), 202, headers_of(job) | location | (headers or {}))
