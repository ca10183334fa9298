"""Jobs: submit, follow, act."""

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from jobproc.adapters.http.authentication import (
    Check,
    Reader,
    TheApplication,
    Writer,
    application_of,
    checking,
    require,
    required,
)
from jobproc.adapters.http.bodies import check, read_object
from jobproc.adapters.http.declared import headers, links
from jobproc.adapters.http.entity_tags import Seen, tag_of
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import json_answer
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import EXAMPLE_ID, body_of
from jobproc.adapters.http.streams import staying
from jobproc.adapters.http.strict_json import Member
from jobproc.adapters.http.submitting import KEY_PARAMETER, Origin, key_of, origin_of, replayed
from jobproc.adapters.http.v1.auth import BODY_PROBLEMS
from jobproc.adapters.http.v1.presenting import headers_of, show_job
from jobproc.adapters.http.v1.schemas import UUID_PATTERN, NewJob, ShownJob
from jobproc.adapters.http.waiting import PREFER_PARAMETER, Wait, wait_of
from jobproc.domain.errors import NotFound, Unavailable
from jobproc.domain.jobs import Job
from jobproc.domain.scopes import Scope
from jobproc.domain.submissions import Submission

ALWAYS = ("not-authenticated", "insufficient-scope", "too-many-requests", "unavailable")
OF_A_JOB = (*ALWAYS, "not-found", "invalid-input")

OF_STATE = ("ETag", "Retry-After")
OF_SUBMITTED = {
    **headers(*OF_STATE, "Location", "Idempotent-Replayed", "Preference-Applied"),
    **links(
        "job_id",
        job="get_job",
        result="get_result",
        cancel="cancel_job",
        retry="retry_job",
        events="job_events",
    ),
}

router = EitherSlashRouter(prefix="/jobs", tags=["jobs"])


async def parse_job_id(job_id: Annotated[str, Path(pattern=UUID_PATTERN, examples=[EXAMPLE_ID])]) -> UUID:
    """The id as it was given out, in either case."""
    return UUID(job_id)


JobId = Annotated[UUID, Depends(parse_job_id)]


async def read_submission(request: Request) -> Submission:
    """The body as a submission whose data keeps the text that was sent."""
    key = key_of(request)
    return to_submission(await read_object(request), origin_of(request), key)


def to_submission(body: Mapping[str, Member], origin: Origin, key: str | None = None) -> Submission:
    """The members of an object as a submission, with what it keeps of its request."""
    job = check(NewJob, {name: member.value for name, member in body.items()})
    asked = {**vars(job), "data": body["data"].text, "tags": tuple(job.tags)}
    return Submission(**asked, **origin, idempotency_key=key)


@router.post(
    "",
    status_code=202,
    summary="Submit a job",
    response_model=ShownJob,
    responses={
        201: {"description": "Final already", "model": ShownJob, **OF_SUBMITTED},
        202: {"description": "Stored", **OF_SUBMITTED},
        **problems(*ALWAYS, *BODY_PROBLEMS, "unknown-operation", "invalid-data", "idempotency-mismatch"),
    },
    openapi_extra=body_of(NewJob) | required(Scope.WRITE) | {"parameters": [KEY_PARAMETER, PREFER_PARAMETER]},
)
async def submit_job(request: Request) -> Response:
    """Once this answers the job is stored, and reaches a final status whatever dies in between.

    `Prefer: wait=n` answers 201 when the job is final within so many seconds.
    """
    caller = await require(request, Scope.WRITE)
    submission = await read_submission(request)
    application = await application_of(request)
    submitted = await application.submit_job(caller.user_id, submission)
    job, wait = submitted.job, wait_of(request)
    if wait.seconds:
        ask = partial(application.wait_for_job, caller.user_id, job.id, until=is_final)
        # It is stored, whatever becomes of the wait: any other answer would have it submitted again.
        with suppress(NotFound, Unavailable):
            job = await staying(request, await checking(request), ask, wait.seconds)
    return _accepted(
        job, replayed(submitted) | wait.applied, status=201 if wait.seconds and is_final(job) else 202
    )


@router.get(
    "/{job_id}",
    summary="One job",
    response_model=ShownJob,
    responses={
        200: headers(*OF_STATE, "Preference-Applied"),
        304: {"description": "As `If-None-Match` says", **headers(*OF_STATE, "Preference-Applied")},
        **problems(*OF_A_JOB),
    },
)
async def get_job(
    request: Request,
    application: TheApplication,
    caller: Reader,
    check: Check,
    job_id: JobId,
    seen: Seen,
    wait: Wait,
) -> Response:
    """Its `ETag` changes with its status and its progress; with `If-None-Match` nothing is sent twice.

    `Prefer: wait=n` answers when the job is final, with `If-None-Match` when it has changed, at the latest after so
    many seconds.
    """
    ask = partial(
        application.wait_for_job,
        caller.user_id,
        job_id,
        until=(lambda job: not seen(tag_of(job))) if seen else is_final,
        progress=seen is not None,
    )
    job = await staying(request, check, ask, wait.seconds)
    sent = headers_of(job) | wait.applied
    if seen and seen(tag_of(job)):
        return Response(status_code=304, headers=sent)
    return json_answer(show_job(job), headers=sent)


@router.get(
    "/{job_id}/result",
    summary="The bare result",
    responses={
        200: {"description": "What the operation returned.", "content": {"application/json": {"schema": {}}}},
        **problems(*OF_A_JOB, "result-not-ready", "job-not-successful"),
    },
)
async def get_result(application: TheApplication, caller: Reader, job_id: JobId) -> Response:
    """Only of a job that is a SUCCESS."""
    return json_answer(await application.get_result(caller.user_id, job_id))


@router.post(
    "/{job_id}/cancel",
    summary="Cancel a job",
    response_model=ShownJob,
    responses={200: headers(*OF_STATE), **problems(*OF_A_JOB, "illegal-transition")},
)
async def cancel_job(application: TheApplication, caller: Writer, job_id: JobId) -> Response:
    """CANCELLED at once: no result will be recorded, and work that runs is stopped within 2 seconds."""
    job = await application.cancel_job(caller.user_id, job_id)
    return json_answer(show_job(job), headers=headers_of(job))


@router.post(
    "/{job_id}/retry",
    status_code=202,
    summary="Run a failed or cancelled job again",
    response_model=ShownJob,
    responses={202: headers(*OF_STATE, "Location"), **problems(*OF_A_JOB, "illegal-transition")},
)
async def retry_job(application: TheApplication, caller: Writer, job_id: JobId) -> Response:
    """PENDING under the same id; its history stays."""
    return _accepted(await application.retry_job(caller.user_id, job_id))


@router.delete(
    "/{job_id}",
    status_code=204,
    response_class=Response,
    summary="Erase a final job",
    responses=problems(*OF_A_JOB, "illegal-transition"),
)
async def erase_job(application: TheApplication, caller: Writer, job_id: JobId) -> None:
    """With its data, its result and its history."""
    await application.erase_job(caller.user_id, job_id)


def is_final(job: Job) -> bool:
    """Whether there is nothing more to wait for."""
    return job.status.is_final


def _accepted(job: Job, more: dict[str, str] | None = None, *, status: int = 202) -> Response:
    location = {"Location": f"/v1/jobs/{job.id}"}
    return json_answer(show_job(job), status, headers_of(job) | location | (more or {}))
