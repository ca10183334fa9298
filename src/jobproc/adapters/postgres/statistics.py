"""Numbers of jobs, from one statement."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.pages import asked_by, range_of, tally_of
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import JobStatus
from jobproc.domain.stats import LARGEST_SAMPLE, MOST_TALLIED, Bucket, Spread, Stats, Tally, Window

# Who was cancelled before its start, or started before it was last due, has neither waited nor run since then.
_WAIT = "extract(epoch FROM started_at - run_at)::float8"
_RUN = "extract(epoch FROM finished_at - started_at)::float8"
_SPREADS = f"""
percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY {_WAIT}) FILTER (WHERE has_run) AS wait,
percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY {_RUN}) FILTER (WHERE has_run) AS run
"""
_STATS = text(f"""
WITH latest AS MATERIALIZED (
    SELECT status, finished_at, started_at, run_at, started_at >= run_at AS has_run,
        date_bin(CAST(:step AS interval), finished_at, 'epoch') AS step
    FROM jobs
    WHERE owner = :owner AND finished_at > now() - CAST(:length AS interval)
    ORDER BY finished_at DESC LIMIT {LARGEST_SAMPLE}
)
SELECT (
    SELECT json_object_agg(status, number) FROM (
        SELECT status, count(*) AS number FROM jobs WHERE owner = :owner AND finished_at IS NULL GROUP BY status
    ) AS counted
)::text AS unfinished, (
    SELECT json_agg(json_build_array(at, status, number)) FROM (
        SELECT extract(epoch FROM step) AS at, status, count(*) AS number FROM latest GROUP BY 1, 2 ORDER BY 1
    ) AS ended
)::text AS finished, (
    SELECT json_agg(json_build_array(at, wait, run)) FROM (
        SELECT extract(epoch FROM step) AS at, {_SPREADS} FROM latest GROUP BY 1
    ) AS timed
)::text AS times,
count(*) AS sample,
{_SPREADS}FROM latest
""")  # noqa: S608


class PostgresStatistics:
    """`Statistics` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, owner: UUID, window: Window) -> Stats:
        """What the owner's jobs are doing, and how those ended that ended last."""
        asked = {"owner": owner, "length": window.length, "step": window.step}
        [row] = await self._database.run(_STATS, asked)
        return _to_stats(row)

    async def tally(self, owner: UUID, wanted: JobFilter) -> Tally:
        """How many of the owner's jobs are wanted, of the latest from the filter's times."""
        asked = asked_by(wanted)
        values = {"owner": owner, **range_of(wanted, None), **asked}
        async with self._database.planned_anew() as connection:
            rows = (await connection.execute(tally_of(tuple(asked)), values)).all()
        counts = {JobStatus(row.status): row.number for row in rows if row.number}
        return Tally(counts, sum(row.looked_at for row in rows) == MOST_TALLIED)


def _to_stats(row: Row[Any]) -> Stats:
    counts = Counter({JobStatus(name): number for name, number in json.loads(row.unfinished or "{}").items()})
    steps: dict[datetime, dict[JobStatus, int]] = defaultdict(dict)
    for at, status, number in json.loads(row.finished or "[]"):
        steps[_time(at)][JobStatus(status)] = number
        counts[JobStatus(status)] += number
    times = {_time(at): map(_to_spread, spreads) for at, *spreads in json.loads(row.times or "[]")}
    buckets = [Bucket(at, ended, *times[at]) for at, ended in steps.items()]
    return Stats(counts, buckets, _to_spread(row.wait), _to_spread(row.run), row.sample)


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _to_spread(found: Sequence[float] | None) -> Spread:
    return Spread(*found or ())
