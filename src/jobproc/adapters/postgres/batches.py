"""Batches, and the jobs that are stored with them."""

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from uuid import UUID

from sqlalchemy import text

from jobproc.adapters.postgres.connection import AwaitedConnection
from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.statements import INSERT
from jobproc.domain.batches import Batch, BatchState
from jobproc.domain.jobs import Job, JobStatus

# What one statement takes: larger ones would hold up the event loop while they are put together.
MOST_JOBS = 200
MOST_CHARACTERS = 1_000_000

_COLUMNS = "id, owner, total, created_at, idempotency_key, fingerprint"
# The same request may be under way: its jobs take longer than what one statement may wait for by itself.
_PATIENCE = text("SET LOCAL lock_timeout = '15s'")
_ADD = text(f"""
INSERT INTO batches ({_COLUMNS})
VALUES (
    CAST(:id AS uuid), CAST(:owner AS uuid), CAST(:total AS integer), CAST(:created_at AS timestamptz),
    CAST(:idempotency_key AS text), CAST(:fingerprint AS text)
)
ON CONFLICT (owner, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id
""")  # noqa: S608
_OF_KEY = text(f"SELECT {_COLUMNS} FROM batches WHERE owner = :owner AND idempotency_key = :key")  # noqa: S608
_STATE = text(f"""
SELECT {_COLUMNS}, (
    SELECT json_object_agg(status, number)
    FROM (SELECT status, count(*) AS number FROM jobs WHERE batch_id = batches.id GROUP BY status) AS counted
)::text AS counts
FROM batches WHERE owner = :owner AND id = :id
""")  # noqa: S608
_JOB_IDS = text("SELECT id FROM jobs WHERE batch_id = :id AND owner = :owner ORDER BY id")
# In one order; then each that deletes the last jobs of a batch sees what the others have deleted.
_LOCK = text("SELECT FROM batches WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE")
_DROP_EMPTY = text("""
DELETE FROM batches
WHERE id = ANY(CAST(:ids AS uuid[])) AND NOT EXISTS (SELECT FROM jobs WHERE batch_id = batches.id)
""")


class PostgresBatches:
    """`Batches` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, batch: Batch, jobs: Sequence[Job]) -> Batch:
        """Store a new batch and its jobs, unless its key is taken."""
        # An earlier batch may have been purged between the two looks.
        while not (earlier := await self._of_key(batch)):
            if await self._add(batch, jobs):
                return batch
        return earlier

    async def get(self, owner: UUID, id: UUID) -> BatchState | None:
        """The owner's batch, with how many of its jobs have each status."""
        for row in await self._database.run(_STATE, {"owner": owner, "id": id}):
            fields = dict(row._mapping)
            counts = json.loads(fields.pop("counts") or "{}")
            return BatchState(
                Batch(**fields), {JobStatus(status): number for status, number in counts.items()}
            )
        return None

    async def job_ids(self, owner: UUID, id: UUID) -> Sequence[UUID]:
        """The jobs of the owner's batch in the order in which they were submitted."""
        return [row.id for row in await self._database.run(_JOB_IDS, {"owner": owner, "id": id})]

    async def _of_key(self, batch: Batch) -> Batch | None:
        if batch.idempotency_key is None:
            return None
        rows = await self._database.run(_OF_KEY, {"owner": batch.owner, "key": batch.idempotency_key})
        return next((Batch(**row._mapping) for row in rows), None)

    async def _add(self, batch: Batch, jobs: Sequence[Job]) -> bool:
        """Whether its key was free."""
        async with self._database.transaction() as connection:
            await connection.execute(_PATIENCE)
            if not (await connection.execute(_ADD, asdict(batch))).all():
                return False
            for part in _parts(jobs):
                await connection.execute(*INSERT.of(part))
        return True


async def drop_empty(connection: AwaitedConnection, ids: Collection[UUID | None]) -> None:
    """Delete those of these batches whose last job is gone; call it in the transaction that deleted jobs of theirs."""
    batches = {"ids": [id for id in ids if id]}
    if batches["ids"]:
        await connection.execute(_LOCK, batches)
        await connection.execute(_DROP_EMPTY, batches)


def _parts(jobs: Sequence[Job]) -> Iterator[Sequence[Job]]:
    begin = size = 0
    for at, job in enumerate(jobs):
        size += len(job.data)
        if at > begin and (at - begin == MOST_JOBS or size > MOST_CHARACTERS):
            yield jobs[begin:at]
            begin, size = at, len(job.data)
    yield jobs[begin:]
