"""What happens while a page is open, drawn for it."""

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.sse import format_sse_event

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.streams import streaming
from jobproc.adapters.http.ui.job import draw_job
from jobproc.adapters.http.ui.jobs import LIMIT
from jobproc.adapters.http.ui.pages import drawn
from jobproc.adapters.http.ui.session import Check, Visitor
from jobproc.adapters.http.ui.shown import Asked, Shown
from jobproc.adapters.http.v1.jobs import JobId
from jobproc.application.ending import end
from jobproc.application.feeds import Entry, Happening, Reset
from jobproc.application.following import Advance, Change
from jobproc.application.ports import Page
from jobproc.domain.errors import NotFound, Unavailable
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job

# Nobody reads faster, and a page of thousands of changes a second stays usable.
GATHER_SECONDS = 0.2
# More is cheaper to read anew.
MOST_ROWS = 50
RESET = format_sse_event(event="reset", data_str="{}")

LastEventId = Annotated[str | None, Header()]
T = TypeVar("T")
router = APIRouter(prefix="/ui")


@router.get("/jobs/events")
async def follow_table(
    request: Request,
    application: TheApplication,
    visitor: Visitor,
    check: Check,
    shown: Asked,
    last_event_id: LastEventId = None,
) -> Response:
    """`jobs` has rows, `progress` how far jobs are; `reset`: read the table anew."""
    entries = application.follow_jobs(visitor.user_id, after=last_event_id)
    read = partial(application.find_jobs, visitor.user_id, shown.filter(), before=None, limit=LIMIT)
    rows = _rows(gathered(entries, GATHER_SECONDS), shown, None if last_event_id else read)
    return await streaming(request, visitor.user_id, check, rows, _as_it_is)


@router.get("/jobs/{job_id}/events")
async def follow_page(
    request: Request,
    application: TheApplication,
    visitor: Visitor,
    check: Check,
    job_id: JobId,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The job's page anew with each change, `progress` in between, `end` at last."""
    news = application.follow_job(visitor.user_id, job_id, after=after)
    draw = partial(draw_job, application, visitor.user_id, job_id)
    changes = _changes(gathered(news, GATHER_SECONDS), draw)
    return await streaming(request, visitor.user_id, check, changes, _as_it_is)


def _as_it_is(event: bytes | None) -> bytes | None:
    """Events are drawn already where they are gathered."""
    return event


async def _rows(
    batches: AsyncGenerator[Sequence[Entry | None]], shown: Shown, read: Callable[[], Awaitable[Page]] | None
) -> AsyncGenerator[bytes | None]:
    """`read` is asked once, when changes are heard already: what came since the page was drawn is in its answer."""
    wanted = shown.filter()
    async with aclosing(batches):
        async for batch in batches:
            if read is not None:
                yield await _first(read)
                read = None
            entries = [entry for entry in batch if entry]
            last = entries[-1].cursor if entries else None
            for event in _events([entry.news for entry in entries], wanted, last):
                yield event
            yield None


async def _first(read: Callable[[], Awaitable[Page]]) -> bytes:
    try:
        page = await read()
    except Unavailable:
        return RESET
    return _drawn([(job, True) for job in page.jobs], None)


def _events(news: Sequence[Happening], wanted: JobFilter, last: str | None) -> Iterator[bytes]:
    changed = {each.job.id: each.job for each in news if isinstance(each, Change)}
    if len(changed) > MOST_ROWS or any(isinstance(each, Reset) for each in news):
        yield format_sse_event(event="reset", id=last, data_str="{}")
        return
    if changed:
        yield _drawn([(job, wanted.wants(job)) for job in changed.values()], last)
    if progress := _progress(news, last):
        yield progress


def _drawn(rows: Sequence[tuple[Job, bool]], id: str | None) -> bytes:
    return format_sse_event(event="jobs", id=id, data_str=drawn("changed.html", rows=rows))


async def _changes(
    batches: AsyncGenerator[Sequence[Change | Advance | None]], draw: Any
) -> AsyncGenerator[bytes | None]:
    async with aclosing(batches):
        async for batch in batches:
            changes = [each for each in batch if isinstance(each, Change)]
            if changes:
                try:
                    yield format_sse_event(data_str=await draw())
                except (NotFound, Unavailable):
                    # Erased meanwhile, or to be asked again: the page does so when its stream ends.
                    return
            yield _progress(batch)
            if changes and changes[-1].job.status.is_final:
                yield format_sse_event(event="end", data_str="{}")


def _progress(news: Sequence[object], id: str | None = None) -> bytes | None:
    last = {each.job_id: each for each in news if isinstance(each, Advance)}
    if not last:
        return None
    told = [{"id": str(each.job_id), **asdict(each.progress)} for each in last.values()]
    return format_sse_event(event="progress", id=id, data_str=json.dumps(told))


async def gathered(source: AsyncGenerator[T | None], seconds: float) -> AsyncGenerator[list[T | None]]:
    """What comes within so many seconds of the first, as one; a moment without anything stays one."""
    coming = asyncio.ensure_future(_next(source))
    try:
        while (first := await coming) is not _END:
            batch, deadline = [first], time.monotonic() + seconds
            coming = asyncio.ensure_future(_next(source))
            while first is not None and (left := deadline - time.monotonic()) > 0:
                await asyncio.wait([coming], timeout=left)
                if not coming.done() or coming.result() is _END:
                    break
                batch.append(coming.result())
                coming = asyncio.ensure_future(_next(source))
            yield batch
    finally:
        await end(coming)
        await source.aclose()


_END: Any = object()


async def _next(source: AsyncIterator[Any]) -> Any:
    return await anext(source, _END)
