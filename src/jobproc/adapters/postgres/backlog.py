"""What waits for a worker, told without a look at all of it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.application.operating import MOST_COUNTED
from jobproc.domain.workers import Backlog

# The due index begins with operation and priority. From each pair to the next is one short look, and the first row of
# each is the oldest of its priority, so that neither a million due jobs nor old ones among them are read. What is
# counted is counted in the order of that index: another one would be read through all other operations.
_BY_OPERATION = text(f"""
WITH RECURSIVE first AS (
    (SELECT operation, priority, queued_at FROM jobs WHERE status = 'PENDING'
    ORDER BY operation, priority DESC, queued_at, id LIMIT 1)
    UNION ALL
    SELECT next.operation, next.priority, next.queued_at FROM first CROSS JOIN LATERAL (
        (SELECT 1 AS turn, operation, priority, queued_at FROM jobs
        WHERE status = 'PENDING' AND operation = first.operation AND priority < first.priority
        ORDER BY operation, priority DESC, queued_at, id LIMIT 1)
        UNION ALL
        (SELECT 2, operation, priority, queued_at FROM jobs
        WHERE status = 'PENDING' AND operation > first.operation
        ORDER BY operation, priority DESC, queued_at, id LIMIT 1)
        ORDER BY turn LIMIT 1
    ) AS next
)
SELECT oldest.operation, counting.due, greatest(now() - queued_at, interval '0') AS age
FROM (SELECT operation, min(queued_at) AS queued_at FROM first GROUP BY operation) AS oldest
CROSS JOIN LATERAL (
    SELECT count(*) AS due FROM (
        SELECT FROM jobs WHERE status = 'PENDING' AND jobs.operation = oldest.operation
        ORDER BY priority DESC, queued_at, id LIMIT {MOST_COUNTED}
    ) AS counted
) AS counting
ORDER BY oldest.operation
""")  # noqa: S608


_NEGLECTED = text("""
SELECT greatest(interval '0', now() - least(
    (SELECT min(run_at) FROM jobs WHERE status = 'SCHEDULED'),
    (SELECT min(lease_until) FROM jobs WHERE status = 'IN_PROGRESS')
)) AS age
""")


class PostgresDueWork:
    """`DueWork` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_operation(self) -> Sequence[Backlog]:
        """Each operation that has due jobs, by name."""
        rows = await self._database.run(_BY_OPERATION)
        return [Backlog(row.operation, row.due, row.age) for row in rows]

    async def neglected(self) -> timedelta:
        """How long ago maintenance should have done something."""
        [row] = await self._database.run(_NEGLECTED)
        return cast(timedelta, row.age)
