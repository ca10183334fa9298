"""Being told of changes: one job's timeline, and live streams of one job or of all."""

from typing import Annotated

from fastapi import Header, Request, Response

from jobproc.adapters.http.authentication import Check, Reader, TheApplication
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import array_of, json_answer, object_of
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.streams import STREAM_TYPE, streaming
from jobproc.adapters.http.v1.jobs import ALWAYS, OF_A_JOB, JobId
from jobproc.adapters.http.v1.presenting import show_entry, show_news, show_step
from jobproc.adapters.http.v1.schemas import Timeline

LastEventId = Annotated[
    str | None, Header(alias="Last-Event-ID", description="The `id` of the last event that was seen.")
]
STREAM = {"content": {STREAM_TYPE: {"schema": {"type": "string"}}}}

router = EitherSlashRouter(tags=["jobs"])


@router.get(
    "/jobs/{job_id}/events",
    summary="What happened to a job, or happens to it",
    response_model=Timeline,
    responses={200: STREAM, **problems(*OF_A_JOB, "too-many-requests")},
)
async def job_events(
    request: Request,
    application: TheApplication,
    caller: Reader,
    check: Check,
    job_id: JobId,
    last_event_id: LastEventId = None,
) -> Response:
    """Every change of its status, oldest first, as JSON; live with `Accept: text/event-stream`.

    Live: `event: status` with the version as `id`, `event: progress` without one; the stream ends with the final
    status. `Last-Event-ID` replays what was missed.
    """
    if STREAM_TYPE in request.headers.get("accept", "").lower():
        news = application.follow_job(caller.user_id, job_id, after=_version(last_event_id))
        return await streaming(request, caller.user_id, check, news, show_news)
    steps = await application.get_timeline(caller.user_id, job_id)
    return json_answer(object_of({"items": array_of(map(show_step, steps))}))


@router.get(
    "/events",
    summary="What happens to your jobs",
    response_class=Response,
    responses={200: STREAM, **problems(*ALWAYS, "too-many-requests")},
)
async def all_events(
    request: Request,
    application: TheApplication,
    caller: Reader,
    check: Check,
    last_event_id: LastEventId = None,
) -> Response:
    """Live. `Last-Event-ID` goes on after that event; `event: reset` says that some may be missing: read the list."""
    news = application.follow_jobs(caller.user_id, after=last_event_id)
    return await streaming(request, caller.user_id, check, news, show_entry)


def _version(last_event_id: str | None) -> int:
    """What is no version was not sent by us: all is told again."""
    given = last_event_id or ""
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
