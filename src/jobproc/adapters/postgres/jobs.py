"""The users' side of the jobs."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from jobproc.adapters.postgres.batches import drop_empty
from jobproc.adapters.postgres.connection import AwaitedConnection
from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.pages import HORIZON, asked_by, page_of, range_of
from jobproc.adapters.postgres.rows import BARE, to_job, to_row, to_step
from jobproc.adapters.postgres.statements import INSERT, UPDATE, select
from jobproc.application.gathering import Gathering
from jobproc.application.ports import Change, Page
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import Job, Step

_MINE = "WHERE owner = :owner AND id = ANY(CAST(:ids AS uuid[]))"
_GET = text(select(_MINE))
_GET_BARE = text(f"SELECT {BARE} FROM jobs {_MINE}")  # noqa: S608
# With an array of ids Postgres makes a new plan for each question, which takes as long as the answer.
_ONE_OF_MINE = "WHERE owner = :owner AND id = :id"
_GET_ONE = text(select(_ONE_OF_MINE))
_GET_ONE_BARE = text(f"SELECT {BARE} FROM jobs {_ONE_OF_MINE}")  # noqa: S608
# In the order of ids, so that two changes of the same jobs wait for each other instead of blocking each other.
_LOCK = text(select(f"{_MINE} ORDER BY id FOR UPDATE"))
_OF_KEYS = text(
    select(
        "JOIN unnest(CAST(:owner AS uuid[]), CAST(:idempotency_key AS text[])) AS asked(owner, key)"
        " ON jobs.owner = asked.owner AND jobs.idempotency_key = asked.key"
    )
)
_TIMELINES = text(f"SELECT id, timeline::text AS timeline FROM jobs {_MINE}")  # noqa: S608
_ERASE = text(f"DELETE FROM jobs {_MINE}")  # noqa: S608


class PostgresJobs:
    """`Jobs` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._add_one = Gathering(self._add_all, lambda job: len(job.data))

    async def add(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Store new jobs, all or none, and give back what is stored, in their order."""
        return [await self._add_one(jobs[0])] if len(jobs) == 1 else await self._add_all(jobs)

    async def _add_all(self, jobs: Sequence[Job]) -> Sequence[Job]:
        # Sorted, so that two calls with the same keys wait for each other instead of blocking each other.
        missing = sorted(jobs, key=lambda job: (job.owner, job.idempotency_key or "", job.id))
        stored: dict[UUID, Job] = {}
        while missing:
            added = {row.id for row in await self._database.fetch(*INSERT.of(missing))}
            stored |= {job.id: job for job in missing if job.id in added}
            stored |= await self._earlier([job for job in missing if job.id not in added])
            # An earlier job may have been purged between the two statements.
            missing = [job for job in missing if job.id not in stored]
        return [stored[job.id] for job in jobs]

    async def _earlier(self, refused: Sequence[Job]) -> dict[UUID, Job]:
        """For each of these the job that has its key already."""
        if not refused:
            return {}
        rows = await self._database.fetch(_OF_KEYS, to_row(refused, ("owner", "idempotency_key")))
        found = {(job.owner, job.idempotency_key): job for job in map(to_job, rows)}
        keys = {job.id: (job.owner, job.idempotency_key) for job in refused}
        return {id: found[key] for id, key in keys.items() if key in found}

    async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
        """Every change of each of the owner's jobs, oldest first."""
        rows = await self._database.fetch(_TIMELINES, {"owner": owner, "ids": list(ids)})
        return {row.id: [to_step(fields) for fields in json.loads(row.timeline)] for row in rows}

    async def get(self, owner: UUID, ids: Sequence[UUID], *, content: bool = True) -> Sequence[Job]:
        """The owner's jobs of these ids, in their order."""
        if len(ids) == 1:
            one = _GET_ONE if content else _GET_ONE_BARE
            return [to_job(row) for row in await self._database.fetch(one, {"owner": owner, "id": ids[0]})]
        rows = await self._database.fetch(_GET if content else _GET_BARE, {"owner": owner, "ids": list(ids)})
        return _in_order(map(to_job, rows), ids)

    async def page(
        self,
        owner: UUID,
        *,
        before: UUID | None,
        limit: int,
        wanted: JobFilter = EVERY_JOB,
        content: bool = True,
    ) -> Page:
        """At most `limit` of the owner's jobs that are wanted, newest first, older than `before`."""
        place = {"owner": owner, **range_of(wanted, before)}
        asked = asked_by(wanted)
        async with self._database.planned_anew() as connection:
            # The horizon comes first: rows that are purged in between then narrow the page, and never move its end.
            horizon = await _horizon(connection, place) if asked and not wanted.batch_id else None
            values = place | asked | {"limit": limit + 1} | ({"since": horizon} if horizon else {})
            rows = (await connection.execute(page_of(tuple(asked), content=content), values)).all()
        jobs = list(map(to_job, rows[:limit]))
        return Page(jobs, jobs[-1].id if len(rows) > limit else horizon)

    async def change(self, owner: UUID, ids: Sequence[UUID], change: Change) -> Sequence[Job]:
        """Apply a pure function to each and store what it returns, all or none."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(_LOCK, {"owner": owner, "ids": list(ids)})).all()
            changed = [change(to_job(row), row.store_time) for row in rows]
            await connection.execute(*UPDATE.of(changed))
        return _in_order(changed, ids)

    async def erase(self, owner: UUID, ids: Sequence[UUID], check: Callable[[Job], None]) -> Sequence[UUID]:
        """Erase each that `check` lets pass, all or none."""
        mine = {"owner": owner, "ids": list(ids)}
        async with self._database.transaction() as connection:
            found = [to_job(row) for row in (await connection.execute(_LOCK, mine)).all()]
            for job in found:
                check(job)
            await connection.execute(_ERASE, mine)
            await drop_empty(connection, {job.batch_id for job in found})
        return [job.id for job in _in_order(found, ids)]


async def _horizon(connection: AwaitedConnection, place: Mapping[str, UUID]) -> UUID | None:
    """The last id that a filtered page may look at; None when there are not so many."""
    horizon: UUID | None = (await connection.execute(HORIZON, place)).scalar_one()
    return horizon


def _in_order(jobs: Iterable[Job], ids: Sequence[UUID]) -> Sequence[Job]:
    found = {job.id: job for job in jobs}
    return [found[id] for id in ids if id in found]
