"""Jobs: submit, follow, act."""

from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from datetime import datetime
from json import loads
from typing import Any, TypedDict
from uuid import uuid4

from jobproc.client.core.calls import Answer, Call, json_of
from jobproc.client.core.session import Edge, Session
from jobproc.client.core.waiting import wait_until
from jobproc.client.core.wire import ServerSentEvent
from jobproc.client.errors import InvalidInput, JobCancelled, JobFailed
from jobproc.client.reading import read_event, read_job, read_page, read_step
from jobproc.client.views import Event, JobStatus, JobView, Reset, StatusEvent, Step

LARGEST_PAGE = 200


class Options(TypedDict, total=False):
    """How a job is to run; what is left out is as the operation and the service have it."""

    priority: int
    run_at: datetime | None
    delay_seconds: float | None
    timeout_seconds: float | None
    max_attempts: int | None
    retention_seconds: int | None
    tags: Sequence[str]


class JobFilter(TypedDict, total=False):
    """Which jobs to list; `status` is one or several."""

    status: str | Iterable[str]
    operation: str
    tag: str
    batch_id: str
    created_after: datetime
    created_before: datetime


async def submit(
    session: Session, operation: str, data: Any, options: Options, *, key: str | None = None, wait: int = 0
) -> JobView:
    """Submit under a key, so that however often it is sent there is one job."""
    body = json_of(submission(operation, data, options))
    headers = {"Idempotency-Key": key or str(uuid4())}
    return _job(await session.ask(Call("POST", "/v1/jobs", headers=headers, body=body, wait=wait)))


def submission(operation: str, data: Any, options: Options) -> dict[str, Any]:
    """The members of a submission; a time without an offset: `InvalidInput`."""
    given = {name: value for name, value in options.items() if value is not None}
    if isinstance(start := given.get("run_at"), datetime):
        given["run_at"] = moment(start, "run_at")
    if "tags" in given:
        given["tags"] = list(options["tags"])
    return {"operation": operation, "data": data, **given}


async def get(session: Session, id: str) -> JobView:
    """The job as it is now."""
    return _job(await session.ask(Call("GET", path_of(id))))


async def wait(session: Session, id: str, timeout: float | None) -> JobView:
    """The job once it is final; not within so many seconds: `StillRunning`."""
    return await wait_until(
        session, path_of(id), read_job, lambda job: job.status.is_final, timeout, f"Job {id}"
    )


def result_of(job: JobView) -> Any:
    """The result of a final job; without one: `JobFailed`, `JobCancelled`."""
    if job.status is JobStatus.CANCELLED:
        raise JobCancelled(f"Job {job.id} was cancelled.", job, code="job-cancelled")
    if job.error is not None and job.status is JobStatus.FAILED:
        error = job.error
        raise JobFailed(f"Job {job.id} failed: {error.type}: {error.message}", job, code=error.code)
    return job.result


async def cancel(session: Session, id: str) -> JobView:
    """CANCELLED at once; final already: `Conflict`."""
    call = Call("POST", f"{path_of(id)}/cancel")
    return await _act(session, call, id, {JobStatus.CANCELLED})


async def retry(session: Session, id: str) -> JobView:
    """A failed or cancelled job runs again; else: `Conflict`."""
    call = Call("POST", f"{path_of(id)}/retry")
    return await _act(session, call, id, {JobStatus.PENDING, JobStatus.IN_PROGRESS, JobStatus.SUCCESS})


async def erase(session: Session, id: str) -> None:
    """Erase a final job; else: `Conflict`."""
    call = Call("DELETE", path_of(id))
    answer = await session.send(call)
    if not (answer.status == 404 and answer.asked > 1):
        answer.checked()


async def find(session: Session, wanted: JobFilter, limit: int | None) -> AsyncGenerator[JobView]:
    """Jobs newest first, page by page, until there are no more or the limit is reached."""
    left = limit
    query = list(_query(wanted))
    cursor: list[tuple[str, str]] = []
    while left is None or left > 0:
        size = [("limit", str(LARGEST_PAGE if left is None else min(left, LARGEST_PAGE)))]
        answer = await session.ask(Call("GET", "/v1/jobs", query=[*query, *size, *cursor]))
        page = answer.read(read_page)
        for view in page.items:
            yield view
        left = None if left is None else left - len(page.items)
        if page.next_cursor is None:
            return
        cursor = [("cursor", page.next_cursor)]


async def get_timeline(session: Session, id: str) -> list[Step]:
    """Every change of the job's status so far, oldest first."""
    answer = await session.ask(Call("GET", f"{path_of(id)}/events"))
    return answer.read(lambda shown: [read_step(each) for each in shown["items"]])


async def follow(session: Session, id: str) -> AsyncGenerator[Event]:
    """What happened to the job and what happens, until it is final."""
    final = False
    async with aclosing(session.listen(f"{path_of(id)}/events")) as events:
        async for sent in events:
            if sent is Edge.END and final:
                return
            if event := _event(sent):
                if isinstance(event, StatusEvent):
                    final = event.step.status.is_final and event.step.version == event.job.version
                yield event


async def follow_all(session: Session) -> AsyncGenerator[Event]:
    """What happens to all of the user's jobs from now on; `Reset` comes first, once nothing more can be missed."""
    begun = False
    async with aclosing(session.listen("/v1/events")) as events:
        async for sent in events:
            if sent is Edge.BEGIN and not begun:
                begun = True
                yield Reset()
            if event := _event(sent):
                yield event


def _event(sent: ServerSentEvent | Edge) -> Event | None:
    return None if isinstance(sent, Edge) else read_event(sent.name, loads(sent.data))


def path_of(id: str) -> str:
    """Where a job is."""
    return f"/v1/jobs/{checked_id(id)}"


def checked_id(id: str) -> str:
    """The id; what cannot be one: `InvalidInput`, since it would lead elsewhere."""
    if not (id.isascii() and id.replace("-", "").isalnum()):
        raise InvalidInput(f"{id!r} is no id: ids have digits, letters and dashes.", code="invalid-id")
    return id


def moment(at: datetime, name: str) -> str:
    """RFC 3339; a time without an offset is another one everywhere: `InvalidInput`."""
    if at.utcoffset() is None:
        raise InvalidInput(f"{name} needs a time zone, such as tzinfo=datetime.UTC.", code="invalid-input")
    return at.isoformat()


async def _act(session: Session, call: Call, id: str, wished: set[JobStatus]) -> JobView:
    answer = await session.send(call)
    if answer.status == 409 and answer.asked > 1:
        # An answer was lost on the way: perhaps it said that it was done.
        job = await get(session, id)
        if job.status in wished:
            return job
    return _job(answer.checked())


def _query(wanted: JobFilter) -> Iterator[tuple[str, str]]:
    for name, value in wanted.items():
        match value:
            case None:
                continue
            case str():
                yield name, value
            case datetime():
                yield name, moment(value, name)
            case _:
                yield from ((name, str(each)) for each in value)  # type: ignore[attr-defined]


def _job(answer: Answer) -> JobView:
    return answer.read(read_job)
