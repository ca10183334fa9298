"""How a user's jobs are doing: what waits, how many end and how, how long they wait and run."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.pages import is_part, page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.application.application import Application
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.stats import LARGEST_SAMPLE, Bucket, Spread, Window

WINDOWS: Mapping[str, str] = {
    "1h": "Last hour",
    "24h": "Last 24 hours",
    "7d": "Last 7 days",
    "30d": "Last 30 days",
}
# What runs is shown before what waits, and what is due before what is dated.
OPEN = (JobStatus.IN_PROGRESS, JobStatus.PENDING, JobStatus.SCHEDULED)
MOST_OPEN = 10

router = APIRouter(prefix="/ui")


@router.get("/overview")
async def show_overview(
    request: Request, application: TheApplication, visitor: Visitor, window: Annotated[str, Query()] = "24h"
) -> Response:
    """Numbers and plots."""
    window = window if window in WINDOWS else "24h"
    stats = await application.get_stats(visitor.user_id, Window.parse(window))
    return page(
        request,
        "overview_state.html" if is_part(request) else "overview.html",
        windows=WINDOWS,
        window=window,
        stats=stats,
        jobs=await _still_open(application, visitor.user_id),
        most=LARGEST_SAMPLE,
        plots=_plots(stats.finished),
        step=Window.parse(window).step.total_seconds(),
    )


async def _still_open(application: Application, owner: UUID) -> list[Job]:
    jobs: list[Job] = []
    for status in OPEN:
        if left := MOST_OPEN - len(jobs):
            wanted = JobFilter(statuses=(status,))
            jobs += (await application.find_jobs(owner, wanted, before=None, limit=left)).jobs
    return jobs


def _plots(buckets: Sequence[Bucket]) -> Mapping[str, list[list[float | None]]]:
    """Columns for each plot: the times first."""
    times: list[float | None] = [bucket.at.timestamp() for bucket in buckets]
    ended = (JobStatus.SUCCESS, JobStatus.FAILED, JobStatus.CANCELLED)
    return {
        "ended": [times, *(_counted(buckets, status) for status in ended)],
        "waited": [times, *_columns([bucket.wait for bucket in buckets])],
        "ran": [times, *_columns([bucket.run for bucket in buckets])],
    }


def _counted(buckets: Sequence[Bucket], status: JobStatus) -> list[float | None]:
    return [float(each.counts.get(status, 0)) for each in buckets]


def _columns(spreads: Sequence[Spread]) -> list[list[float | None]]:
    return [[each.p50 for each in spreads], [each.p95 for each in spreads]]
