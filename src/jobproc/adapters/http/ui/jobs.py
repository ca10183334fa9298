"""The table of a user's jobs."""

from fastapi import APIRouter, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.ui.shown import Asked, Before

LIMIT = 50

router = APIRouter(prefix="/ui")


@router.get("")
@router.get("/")
async def show_jobs(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked
) -> Response:
    """The page, with its first rows."""
    found = await application.find_jobs(visitor.user_id, shown.filter(), before=None, limit=LIMIT)
    return page(request, "jobs.html", shown=shown, found=found, operations=sorted(application.operations))


@router.get("/jobs/rows")
async def show_rows(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked, before: Before
) -> Response:
    """Some rows, and where those after them are."""
    found = await application.find_jobs(visitor.user_id, shown.filter(), before=before, limit=LIMIT)
    return page(request, "rows.html", shown=shown, found=found)
