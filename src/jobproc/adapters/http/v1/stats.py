"""Numbers of all of a user's jobs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field

from jobproc.adapters.http.authentication import Reader, TheApplication
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import json_answer
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.v1.jobs import ALWAYS
from jobproc.adapters.http.v1.presenting import text_of
from jobproc.adapters.http.v1.schemas import ShownStats
from jobproc.domain.jobs import FINAL, JobStatus
from jobproc.domain.stats import WINDOW_PATTERN, Stats, Window


class StatsQuery(BaseModel):
    """How far back to look."""

    model_config = ConfigDict(extra="forbid")

    window: Annotated[
        str,
        Field(
            description="`15m`, `24h`, `7d`: at most `9999m`, `999h` or `99d`.",
            json_schema_extra={"pattern": WINDOW_PATTERN},
        ),
    ] = "24h"


router = EitherSlashRouter(prefix="/stats", tags=["jobs"])


@router.get(
    "",
    summary="How your jobs have been doing",
    response_model=ShownStats,
    responses=problems(*ALWAYS, "invalid-input"),
)
async def get_stats(
    application: TheApplication, caller: Reader, query: Annotated[StatsQuery, Query()]
) -> Response:
    """Unfinished jobs are counted all; of finished ones the latest 10,000 that ended in the window."""
    return json_answer(_show(await application.get_stats(caller.user_id, Window.parse(query.window))))


def _show(stats: Stats) -> str:
    return text_of(
        {
            "counts": _counts(stats.counts, JobStatus),
            "finished": [
                {"at": bucket.at, "counts": _counts(bucket.counts, sorted(FINAL))}
                for bucket in stats.finished
            ],
            "wait": asdict(stats.wait),
            "run": asdict(stats.run),
            "sample": stats.sample,
        }
    )


def _counts(counts: Mapping[JobStatus, int], statuses: type[JobStatus] | list[JobStatus]) -> dict[str, int]:
    return {status: counts.get(status, 0) for status in statuses}
