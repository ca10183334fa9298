"""The table of a user's jobs."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.ui.shown import Asked, Before
from jobproc.application.application import Application
from jobproc.application.ports import Page
from jobproc.domain.filters import JobFilter

LIMIT = 50
# What a filter wants may be far: a stretch takes some milliseconds, and each turn of a browser a hundred.
MOST_STRETCHES = 5

router = APIRouter(prefix="/ui")


@router.get("")
@router.get("/")
async def show_jobs(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked
) -> Response:
    """The page, with its first rows."""
    found = await _find(application, visitor.user_id, shown.filter(), None)
    return page(request, "jobs.html", shown=shown, found=found, operations=sorted(application.operations))


@router.get("/jobs/rows")
async def show_rows(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked, before: Before
) -> Response:
    """Some rows, and where those after them are."""
    found = await _find(application, visitor.user_id, shown.filter(), before)
    return page(request, "rows.html", shown=shown, found=found)


async def _find(application: Application, owner: UUID, wanted: JobFilter, before: UUID | None) -> Page:
    """The first rows behind that place; where none is near, what was looked through ends further down."""
    found = Page([], before)
    for _ in range(MOST_STRETCHES):
        found = await application.find_jobs(owner, wanted, before=found.next, limit=LIMIT)
        if found.jobs or found.next is None:
            break
    return found
