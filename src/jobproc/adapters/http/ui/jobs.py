"""The table of a user's jobs."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.ui.shown import Asked, Before
from jobproc.domain.jobs import FINAL, JobStatus
from jobproc.domain.stats import LARGEST_SAMPLE, Window

LIMIT = 50
# Everything that is kept, as far as it is counted.
EVERYTHING = Window.parse("30d")

router = APIRouter(prefix="/ui")


@router.get("")
@router.get("/")
async def show_jobs(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked
) -> Response:
    """The page, with its first rows."""
    found = await application.find_jobs(visitor.user_id, shown.filter(), before=None, limit=LIMIT)
    return page(request, "jobs.html", shown=shown, found=found, operations=sorted(application.operations))


@router.get("/jobs/counts")
async def show_counts(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked
) -> Response:
    """How many jobs each tab of the table has, and whether there may be more."""
    if shown.filters:
        tally = await application.tally_jobs(visitor.user_id, replace(shown, status="").filter())
        counts, cut = tally.counts, set(JobStatus) if tally.is_cut else set()
    else:
        stats = await application.get_stats(visitor.user_id, EVERYTHING)
        counts, cut = stats.counts, FINAL if stats.sample == LARGEST_SAMPLE else set()
    return page(request, "counts.html", counts=counts, cut=cut)


@router.get("/jobs/rows")
async def show_rows(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked, before: Before
) -> Response:
    """Some rows, and where those after them are."""
    found = await application.find_jobs(visitor.user_id, shown.filter(), before=before, limit=LIMIT)
    return page(request, "rows.html", shown=shown, found=found)
