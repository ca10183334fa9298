"""How many jobs each tab of the table has, and how many the buttons for all of them are about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from fastapi import APIRouter, Request, Response

from jobproc.adapters.http.authentication import TheApplication
from jobproc.adapters.http.ui.pages import page
from jobproc.adapters.http.ui.session import Visitor
from jobproc.adapters.http.ui.shown import Asked, Shown
from jobproc.application.application import Application
from jobproc.application.bulk import CANCELLABLE, RETRYABLE
from jobproc.domain.jobs import FINAL, JobStatus
from jobproc.domain.stats import LARGEST_SAMPLE, Window

# Everything that is kept, as far as it is counted.
EVERYTHING = Window.parse("30d")
CHANGES: Mapping[str, Sequence[JobStatus]] = {"cancel": CANCELLABLE, "retry": RETRYABLE}

# How many of each status are known of, and of which there may be more.
Counted = tuple[Mapping[JobStatus, int], frozenset[JobStatus]]
router = APIRouter(prefix="/ui")


@router.get("/jobs/counts")
async def show_counts(
    request: Request, application: TheApplication, visitor: Visitor, shown: Asked
) -> Response:
    """The numbers alone; each goes to its place on the page."""
    counted = await _count(application, visitor.user_id, shown)
    tabs = {status.value: _sum(counted, [status]) for status in JobStatus}
    changes = {
        action: _sum(counted, [each for each in statuses if shown.status in ("", each)])
        for action, statuses in CHANGES.items()
    }
    return page(request, "counts.html", tabs=tabs | {"all": _sum(counted, list(JobStatus))}, changes=changes)


async def _count(application: Application, owner: UUID, shown: Shown) -> Counted:
    if shown.filters:
        tally = await application.tally_jobs(owner, replace(shown, status="").filter())
        return tally.counts, frozenset(JobStatus if tally.is_cut else ())
    stats = await application.get_stats(owner, EVERYTHING)
    return stats.counts, FINAL if stats.sample == LARGEST_SAMPLE else frozenset()


def _sum(counted: Counted, statuses: Sequence[JobStatus]) -> tuple[int, bool]:
    """How many have one of these, and whether there may be more."""
    counts, cut = counted
    return sum(counts.get(each, 0) for each in statuses), not cut.isdisjoint(statuses)
