"""The users' side of the jobs."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.rows import ALL, CHANGING, to_job, to_row
from jobproc.adapters.postgres.statements import INSERT, UPDATE, select
from jobproc.application.ports import Change
from jobproc.domain.jobs import Job

_MINE = "WHERE owner = :owner AND id = ANY(CAST(:ids AS uuid[]))"
_GET = text(select(_MINE))
# In the order of ids, so that two changes of the same jobs wait for each other instead of blocking each other.
_LOCK = text(select(f"{_MINE} ORDER BY id FOR UPDATE"))
_NEWEST = text(select("WHERE owner = :owner ORDER BY id DESC LIMIT :limit"))
_OLDER = text(select("WHERE owner = :owner AND id < :before ORDER BY id DESC LIMIT :limit"))


class PostgresJobs:
    """`Jobs` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, jobs: Sequence[Job]) -> None:
        """Store new jobs, all or none."""
        await self._database.run(INSERT, to_row(jobs, ALL))

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
