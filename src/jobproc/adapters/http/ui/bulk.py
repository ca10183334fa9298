"""Cancelling and retrying all jobs that a table's filters want, on the screen or not."""

from collections.abc import Mapping

from fastapi import APIRouter, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.forms import Form
from jobproc.adapters.http.ui.pages import is_part, page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.ui.shown import Shown, parse_before
from jobproc.application.application import Application
from jobproc.application.bulk import CancelJobs, RetryJobs
from jobproc.domain.errors import InvalidInput

WORDS: Mapping[str, str] = {"cancel": "Cancelled", "retry": "Retried"}

router = APIRouter(prefix="/ui")


@router.post("/jobs/bulk")
async def change_all(request: Request, application: TheApplication, visitor: Visitor, form: Form) -> Response:
    """One stretch; the answer asks for the next by itself."""
    change, shown = _change(application, form.get("action", "")), Shown.of(form)
    before = await parse_before(form.get("before", ""))
    stretch = await change(visitor.user_id, shown.filter(), before=before)
    return page(
        request,
        "bulk.html" if is_part(request) else "bulk_page.html",
        shown=shown,
        action=form["action"],
        word=WORDS[form["action"]],
        changed=_number(form.get("changed", "")) + stretch.changed,
        next=stretch.next,
    )


def _change(application: Application, action: str) -> CancelJobs | RetryJobs:
    known: Mapping[str, CancelJobs | RetryJobs] = {
        "cancel": application.cancel_jobs,
        "retry": application.retry_jobs,
    }
    if action not in known:
        raise InvalidInput("Choose to cancel or to retry.")
    return known[action]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else 0
