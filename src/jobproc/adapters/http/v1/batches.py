"""Batches: many jobs at once, all or none."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request, Response

from jobproc.adapters.http.authentication import Check, Reader, TheApplication, Writer
from jobproc.adapters.http.bodies import read_text
from jobproc.adapters.http.declared import headers, links
from jobproc.adapters.http.entity_tags import Seen, batch_tag_of
from jobproc.adapters.http.long_lists import items_of
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import json_answer
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.schemas import EXAMPLE_ID, body_of
from jobproc.adapters.http.streams import staying
from jobproc.adapters.http.strict_json import Member
from jobproc.adapters.http.submitting import KEY_PARAMETER, Origin, key_of, origin_of, replayed
from jobproc.adapters.http.v1.auth import BODY_PROBLEMS
from jobproc.adapters.http.v1.jobs import ALWAYS, OF_A_JOB, OF_STATE, to_submission
from jobproc.adapters.http.v1.presenting import text_of
from jobproc.adapters.http.v1.schemas import UUID_PATTERN, NewBatch, ShownBatch, SubmittedBatch
from jobproc.adapters.http.waiting import Wait
from jobproc.application.batches import Asked
from jobproc.domain.batches import BatchState
from jobproc.domain.errors import InvalidInput
from jobproc.domain.jobs import JobStatus
from jobproc.domain.submissions import Submission

router = EitherSlashRouter(prefix="/batches", tags=["batches"])


async def parse_batch_id(batch_id: Annotated[str, Path(pattern=UUID_PATTERN, examples=[EXAMPLE_ID])]) -> UUID:
    """The id as it was given out, in either case."""
    return UUID(batch_id)


BatchId = Annotated[UUID, Depends(parse_batch_id)]


async def read_submissions(request: Request) -> Asked:
    """The submissions of the body, each read when its turn has come."""
    text = await read_text(request, request.app.state.max_batch_bytes)
    return _submissions(request, text)


def _submissions(request: Request, text: str) -> Iterator[Submission | InvalidInput]:
    origin = origin_of(request)
    last: Submission | InvalidInput = InvalidInput("There was none before.")
    for item in items_of(text, "jobs", but_for="data", largest=request.app.state.max_body_bytes):
        if isinstance(item, InvalidInput):
            yield item
            continue
        if not isinstance(item, str):
            last = _read(item, origin)
        elif isinstance(last, Submission):
            last = last.with_data(item)
        yield last


def _read(body: Mapping[str, Member], origin: Origin) -> Submission | InvalidInput:
    try:
        return to_submission(body, origin)
    except InvalidInput as error:
        return error


@router.post(
    "",
    status_code=202,
    summary="Submit many jobs, all or none",
    response_model=SubmittedBatch,
    responses={
        202: {
            "description": "Stored",
            **headers("Location", "Retry-After", "Idempotent-Replayed"),
            **links("batch_id", batch="get_batch", cancel="cancel_batch"),
        },
        **problems(*ALWAYS, *BODY_PROBLEMS, "idempotency-mismatch"),
    },
    openapi_extra=body_of(NewBatch) | {"parameters": [KEY_PARAMETER]},
)
async def submit_batch(
    request: Request,
    application: TheApplication,
    caller: Writer,
    asked: Annotated[Asked, Depends(read_submissions)],
) -> Response:
    """Up to 10,000, each of the form of `POST /v1/jobs`. When one of them is wrong nothing is stored: `errors` points
    to each wrong value by the index of its job (`/jobs/17/data/0`), up to 100 of them."""
    submitted = await application.submit_batch(
        caller.user_id, asked, idempotency_key=key_of(request), request_id=request.state.request_id
    )
    batch = submitted.batch
    shown = {"id": str(batch.id), "total": batch.total, "job_ids": list(map(str, submitted.job_ids))}
    sent = {"Location": f"/v1/batches/{batch.id}", "Retry-After": "1"}
    return json_answer(text_of(shown), 202, sent | replayed(submitted))


@router.get(
    "/{batch_id}",
    summary="Where the jobs of a batch stand",
    response_model=ShownBatch,
    responses={
        200: headers(*OF_STATE, "Preference-Applied"),
        304: {"description": "As `If-None-Match` says", **headers(*OF_STATE, "Preference-Applied")},
        **problems(*OF_A_JOB),
    },
)
async def get_batch(
    request: Request,
    application: TheApplication,
    caller: Reader,
    check: Check,
    batch_id: BatchId,
    seen: Seen,
    wait: Wait,
) -> Response:
    """A batch is there as long as one of its jobs is; jobs that were erased or purged count in `total` alone.

    `Prefer: wait=n` answers when all are final, with `If-None-Match` when a count has changed, at the latest after
    so many seconds.
    """
    until = (lambda state: not seen(batch_tag_of(state))) if seen else _is_done
    ask = partial(application.wait_for_batch, caller.user_id, batch_id, until=until)
    state = await staying(request, check, ask, wait.seconds)
    sent = _headers(state) | wait.applied
    if seen and seen(batch_tag_of(state)):
        return Response(status_code=304, headers=sent)
    return json_answer(_show(state), headers=sent)


@router.post(
    "/{batch_id}/cancel",
    summary="Cancel what is left of a batch",
    response_model=ShownBatch,
    responses={200: headers(*OF_STATE), **problems(*OF_A_JOB)},
)
async def cancel_batch(application: TheApplication, caller: Writer, batch_id: BatchId) -> Response:
    """Every job of it that is not final becomes CANCELLED; what is final stays as it is."""
    state = await application.cancel_batch(caller.user_id, batch_id)
    return json_answer(_show(state), headers=_headers(state))


def _is_done(state: BatchState) -> bool:
    return state.is_done


def _show(state: BatchState) -> str:
    counts = {status: state.counts.get(status, 0) for status in JobStatus}
    shown = {"id": str(state.batch.id), "total": state.batch.total, "counts": counts, "done": state.is_done}
    return text_of(shown)


def _headers(state: BatchState) -> dict[str, str]:
    sent = {"ETag": batch_tag_of(state)}
    return sent if state.is_done else sent | {"Retry-After": "1"}
