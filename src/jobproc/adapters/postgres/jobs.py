"""The users' side of the jobs."""

import json
from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.rows import ALL, CHANGING, to_job, to_row, to_step
from jobproc.adapters.postgres.statements import INSERT, UPDATE, select
from jobproc.application.ports import Change
from jobproc.domain.jobs import Job, Step

_MINE = "WHERE owner = :owner AND id = ANY(CAST(:ids AS uuid[]))"
_GET = text(select(_MINE))
# In the order of ids, so that two changes of the same jobs wait for each other instead of blocking each other.
_LOCK = text(select(f"{_MINE} ORDER BY id FOR UPDATE"))
_OF_KEYS = text(
    select(
        "JOIN unnest(CAST(:owner AS uuid[]), CAST(:idempotency_key AS text[])) AS asked(owner, key)"
        " ON jobs.owner = asked.owner AND jobs.idempotency_key = asked.key"
    )
)
_TIMELINE = text("SELECT timeline::text AS timeline FROM jobs WHERE owner = :owner AND id = :id")
_NEWEST = text(select("WHERE owner = :owner ORDER BY id DESC LIMIT :limit"))
_OLDER = text(select("WHERE owner = :owner AND id < :before ORDER BY id DESC LIMIT :limit"))


class PostgresJobs:
    """`Jobs` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Store new jobs, all or none, and give back what is stored, in their order."""
        # Sorted, so that two calls with the same keys wait for each other instead of blocking each other.
        missing = sorted(jobs, key=lambda job: (job.owner, job.idempotency_key or "", job.id))
        stored: dict[UUID, Job] = {}
        while missing:
            added = {row.id for row in await self._database.run(INSERT, to_row(missing, ALL))}
            stored |= {job.id: job for job in missing if job.id in added}
            stored |= await self._earlier([job for job in missing if job.id not in added])
            # An earlier job may have been purged between the two statements.
            missing = [job for job in missing if job.id not in stored]
        return [stored[job.id] for job in jobs]

    async def _earlier(self, refused: Sequence[Job]) -> dict[UUID, Job]:
        """For each of these the job that has its key already."""
        if not refused:
            return {}
        rows = await self._database.run(_OF_KEYS, to_row(refused, ("owner", "idempotency_key")))
        found = {(job.owner, job.idempotency_key): job for job in map(to_job, rows)}
        keys = {job.id: (job.owner, job.idempotency_key) for job in refused}
        return {id: found[key] for id, key in keys.items() if key in found}

    async def timeline(self, owner: UUID, id: UUID) -> Sequence[Step]:
        """Every change of the owner's job, oldest first."""
        rows = await self._database.run(_TIMELINE, {"owner": owner, "id": id})
        return [to_step(fields) for row in rows for fields in json.loads(row.timeline)]

    async def get(self, owner: UUID, ids: Sequence[UUID]) -> Sequence[Job]:
        """The owner's jobs of these ids, in their order."""
        rows = await self._database.run(_GET, {"owner": owner, "ids": list(ids)})
        return _in_order(map(to_job, rows), ids)

    async def page(self, owner: UUID, *, before: UUID | None, limit: int) -> Sequence[Job]:
        """At most `limit` of the owner's jobs, newest first, older than `before`."""
        statement, place = (_OLDER, {"before": before}) if before else (_NEWEST, {})
        return list(
            map(to_job, await self._database.run(statement, {"owner": owner, "limit": limit, **place}))
        )

    async def change(self, owner: UUID, ids: Sequence[UUID], change: Change) -> Sequence[Job]:
        """Apply a pure function to each and store what it returns, all or none."""
        async with self._database.transaction() as connection:
            rows = (await connection.execute(_LOCK, {"owner": owner, "ids": list(ids)})).all()
            changed = [change(to_job(row), row.store_time) for row in rows]
            await connection.execute(UPDATE, to_row(changed, CHANGING))
        return _in_order(changed, ids)


def _in_order(jobs: Iterable[Job], ids: Sequence[UUID]) -> Sequence[Job]:
    found = {job.id: job for job in jobs}
    return [found[id] for id in ids if id in found]
