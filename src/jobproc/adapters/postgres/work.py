"""The engine's side of the jobs. Statuses are literals, so that the planner sees the partial indexes."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from jobproc.adapters.postgres.batches import drop_empty
from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.failures import STATEMENT_ERRORS, is_unstorable
from jobproc.adapters.postgres.rows import CHANGING, SELECTED, to_job, to_row
from jobproc.adapters.postgres.statements import OF_ONE_CLAIM, RETURNING, UPDATE, UPDATE_TEXT, of_jobs, select
from jobproc.adapters.postgres.straight import call_of
from jobproc.application.ports import Change, Take, take_all
from jobproc.domain.errors import InvalidInput
from jobproc.domain.jobs import Job


@cache
def _due(operations: int, limit: int, lock: str = "") -> TextClause:
    """One short look a known operation: jobs that this worker does not know are never read past.

    Rows that are to be locked are looked at again where they are found. Numbers are a part of the text: with an array
    of any length, or a limit that is told later, Postgres makes a new plan for each claim, which takes half of its
    time.
    """
    known = ", ".join(f"(CAST(:{_name_of(place)} AS text))" for place in range(operations))
    return text(f"""
SELECT {SELECTED}, now() AS store_time
FROM (VALUES {known}) AS known(operation)
CROSS JOIN LATERAL (
    SELECT * FROM jobs
    WHERE status = 'PENDING' AND jobs.operation = known.operation
    ORDER BY priority DESC, queued_at, id
    LIMIT {limit}
    {lock}
) AS jobs
ORDER BY jobs.priority DESC, jobs.queued_at, jobs.id
LIMIT {limit}
""")  # noqa: S608


def _name_of(place: int) -> str:
    return f"operation_{place}"


_IF_FREE = "FOR UPDATE SKIP LOCKED"
# It passes over what somebody else is changing, as a look that locks does.
_STILL_FREE = f"""
AND EXISTS (SELECT FROM jobs AS free WHERE free.id = new.id AND free.version = new.version - 1 {_IF_FREE})
"""
_START = of_jobs(CHANGING, f"{UPDATE_TEXT} {_STILL_FREE} {RETURNING}", alike=OF_ONE_CLAIM)

# Most jobs succeed.
_OF_SUCCESS = ("status", "error", "queued_at", "lease_until", "worker", "cause")
_FINISH = of_jobs(CHANGING, f"{UPDATE_TEXT} AND jobs.status = 'IN_PROGRESS' {RETURNING}", alike=_OF_SUCCESS)

# A cancel or a rescue makes the same version of the same job; the moment of the change tells them apart.
_RECORDED = text("""
SELECT jobs.id FROM jobs, unnest(
    CAST(:id AS uuid[]), CAST(:version AS bigint[]), CAST(:status AS text[]), CAST(:changed_at AS timestamptz[])
) AS mine(id, version, status, changed_at)
WHERE jobs.id = mine.id AND jobs.version = mine.version
    AND jobs.status = mine.status AND jobs.changed_at = mine.changed_at
""")
_CLAIMS = "unnest(CAST(:id AS uuid[]), CAST(:version AS bigint[])) AS claim(id, version)"
_HOLDING = "jobs.id = claim.id AND jobs.version = claim.version AND jobs.status = 'IN_PROGRESS'"
_HELD = text(f"SELECT jobs.id FROM jobs, {_CLAIMS} WHERE {_HOLDING}")  # noqa: S608
_RENEW = text(f"""
UPDATE jobs SET lease_until = now() + CAST(:lease AS interval) FROM {_CLAIMS} WHERE {_HOLDING} RETURNING jobs.id
""")  # noqa: S608
_REPORT = text(f"""
UPDATE jobs SET progress = claim.progress::jsonb
FROM unnest(CAST(:id AS uuid[]), CAST(:version AS bigint[]), CAST(:progress AS text[])) AS claim(id, version, progress)
WHERE {_HOLDING}
""")  # noqa: S608

_LAPSED = text(
    select(
        "WHERE status = 'IN_PROGRESS' AND lease_until < now() ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
)
_DATED = text(
    select(
        "WHERE status = 'SCHEDULED' AND run_at <= now() ORDER BY run_at LIMIT :limit FOR UPDATE SKIP LOCKED"
    )
)
_PURGE = text("""
DELETE FROM jobs WHERE id IN (
    SELECT id FROM jobs
    WHERE status IN ('SUCCESS', 'FAILED', 'CANCELLED') AND expires_at <= now()
    ORDER BY expires_at LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
RETURNING batch_id
""")
_OVERDUE = text(
    "SELECT EXISTS (SELECT FROM jobs WHERE status = 'PENDING' AND queued_at < now() - CAST(:age AS interval))"
)


class PostgresWork:
    """`Work` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_contended = False

    async def claim(
        self,
        worker: UUID,
        operations: Collection[str],
        *,
        limit: int,
        lease: timedelta,
        take: Take = take_all,
    ) -> Sequence[Job]:
        """Lease due jobs of these operations, each to exactly one caller.

        Few jobs are looked at without a lock, which takes half the trips; of many, several callers would see the same.
        """
        if not operations:
            return ()
        known = {_name_of(place): each for place, each in enumerate(operations)}

        def start(job: Job, now: datetime) -> Job:
            return job.start(worker, now, lease)

        if not self._is_contended:
            rows = await self._database.fetch(_due(len(operations), limit), known)
            if len(rows) < limit:
                jobs = _changed(rows, start, take)
                started = await self._start(jobs)
                # What others are changing stands before the rest, which a look that locks gets at.
                self._is_contended = len(started) < len(jobs) < len(rows)
                return started

        def taken(due: Sequence[Job]) -> Sequence[Job]:
            self._is_contended = len(due) == limit
            return take(due)

        return await self._change(_due(len(operations), limit, _IF_FREE), known, start, taken)

    async def _start(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Those of the jobs that are still as they were looked at."""
        if not jobs:
            return ()
        started = _ids(await self._database.fetch(*_START.of(jobs)))
        return [job for job in jobs if job.id in started]

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        """Record what came of claims that still hold their jobs, and say which were recorded."""
        try:
            recorded = _ids(await self._database.fetch(*_FINISH.of(_sorted(finished))))
        except STATEMENT_ERRORS as error:
            if not is_unstorable(error):
                raise
            raise InvalidInput("The content of a job cannot be stored.", code="unstorable") from error
        missing = [job for job in finished if job.id not in recorded]
        return recorded | await self._recorded_before(missing)

    async def _recorded_before(self, finished: Sequence[Job]) -> frozenset[UUID]:
        """Which were recorded by an earlier call whose answer was lost."""
        if not finished:
            return frozenset()
        mine = to_row(finished, ("id", "version", "status", "changed_at"))
        return _ids(await self._database.fetch(_RECORDED, mine))

    async def report(self, running: Sequence[Job]) -> None:
        """Store the progress of claims that still hold their jobs."""
        await self._database.fetch(_REPORT, to_row(_sorted(running), ("id", "version", "progress")))

    async def held(self, claims: Sequence[Job]) -> frozenset[UUID]:
        """Which claims still hold their jobs."""
        return _ids(await self._database.fetch(_HELD, to_row(claims, ("id", "version"))))

    async def renew(self, claims: Sequence[Job], *, lease: timedelta) -> frozenset[UUID]:
        """Extend the leases of claims that still hold their jobs, and say which do."""
        return _ids(
            await self._database.fetch(_RENEW, {"lease": lease, **to_row(_sorted(claims), ("id", "version"))})
        )

    async def rescue(self, *, limit: int, jitter: Callable[[], float]) -> Sequence[Job]:
        """Take jobs from workers whose lease has lapsed."""
        return await self._change(_LAPSED, {"limit": limit}, lambda job, now: job.lose(now, jitter=jitter()))

    async def promote(self, *, limit: int) -> Sequence[Job]:
        """Queue the scheduled jobs whose date has come."""
        return await self._change(_DATED, {"limit": limit}, Job.promote)

    async def purge(self, *, limit: int) -> int:
        """Erase final jobs past `expires_at`."""
        async with self._database.transaction() as connection:
            purged = (await connection.execute(_PURGE, {"limit": limit})).all()
            await drop_empty(connection, {row.batch_id for row in purged})
        return len(purged)

    async def overdue(self, age: timedelta) -> bool:
        """Whether some job has been due for longer than `age`."""
        return bool((await self._database.run(_OVERDUE, {"age": age}))[0][0])

    async def _change(
        self, lock: TextClause, values: dict[str, Any], change: Change, take: Take = take_all
    ) -> Sequence[Job]:
        async with self._database.straight() as connection, connection.transaction():
            rows = await connection.fetch(*call_of(lock, values))
            changed = _changed(rows, change, take)
            if changed:
                await connection.fetch(*call_of(*UPDATE.of(changed)))
        return changed


def _changed(rows: Sequence[Any], change: Change, take: Take) -> list[Job]:
    return [change(job, rows[0].store_time) for job in take([to_job(row) for row in rows])]


def _sorted(jobs: Sequence[Job]) -> list[Job]:
    """In one order, so that two statements over the same jobs wait for each other instead of blocking each other."""
    return sorted(jobs, key=lambda job: job.id)


def _ids(rows: Sequence[Any]) -> frozenset[UUID]:
    return frozenset(row.id for row in rows)
