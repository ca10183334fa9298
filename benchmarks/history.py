"""Jobs by the hundred thousand, as the service would have left them, written by one statement."""

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.domain.ids import RANDOM_BITS, id_at
from jobproc.domain.jobs import Job, JobStatus

OWNER, OTHER = UUID(int=1), UUID(int=3)
DATA, RESULT = "[1,2,3,4,5,6,7,8,9,10]", "385"
# A statement of the service's connections has 20 seconds.
AT_ONCE = 50_000
_USER = text("INSERT INTO users VALUES (CAST(:owner AS uuid), gen_random_uuid(), 'hash', now())")

# A day of work up to now; one in a hundred has failed. `ago` moves all of it into the past.
_FINISHED = text(f"""
INSERT INTO jobs (
    id, owner, operation, status, data, result, error, priority, tags, attempt, max_attempts, timeout_seconds,
    retention_seconds, run_at, created_at, started_at, finished_at, expires_at, losses, version, changed_at, cause,
    timeline, request_id
)
SELECT uuidv7(made - clock_timestamp()), CAST(:owner AS uuid), 'square_sum', status, '{DATA}',
    CASE status WHEN 'SUCCESS' THEN '{RESULT}'::json END,
    CASE status WHEN 'FAILED'
        THEN '{{"code": "operation_failed", "type": "ValueError", "message": "no"}}'::jsonb END,
    0, '{{}}', 1, 3, 300, 604800, made, made, made + interval '5 ms', ended, ended + interval '7 days', 0, 3, ended,
    cause, jsonb_build_array(
        jsonb_build_object('version', 1, 'status', 'PENDING', 'attempt', 0, 'at', made, 'cause', 'submitted'),
        jsonb_build_object('version', 2, 'status', 'IN_PROGRESS', 'attempt', 1, 'at', made + interval '5 ms',
            'cause', 'claimed'),
        jsonb_build_object('version', 3, 'status', status, 'attempt', 1, 'at', ended, 'cause', cause)
    ), md5(n::text)
FROM generate_series(CAST(:first AS integer), CAST(:last AS integer)) AS n
CROSS JOIN LATERAL (
    SELECT now() - CAST(:ago AS interval) - interval '1 day' * (1 - n / CAST(:count AS float8)) AS made
) AS makes
CROSS JOIN LATERAL (
    SELECT made + interval '9 ms' AS ended, CASE n % 100 WHEN 0 THEN 'FAILED' ELSE 'SUCCESS' END AS status,
        CASE n % 100 WHEN 0 THEN 'operation_failed' ELSE 'succeeded' END AS cause
) AS ends
""")


async def add_owner(database: Database, owner: UUID = OWNER) -> None:
    """A user whom jobs may belong to."""
    await database.run(_USER, {"owner": owner})


async def fill(database: Database, count: int, *, owner: UUID = OWNER, ago: timedelta = timedelta()) -> None:
    """That many finished jobs; eight days ago they would be past their retention by now."""
    for first in range(1, count + 1, AT_ONCE):
        last = min(first + AT_ONCE - 1, count)
        values = {"owner": owner, "first": first, "last": last, "count": count, "ago": ago}
        await database.run(_FINISHED, values)


def due() -> Job:
    """A job like those, that is due."""
    now = datetime.now(UTC)
    return Job(
        id=id_at(now, secrets.randbits(RANDOM_BITS)),
        owner=OWNER,
        operation="square_sum",
        data=DATA,
        status=JobStatus.PENDING,
        max_attempts=3,
        timeout_seconds=300,
        retention_seconds=604_800,
        run_at=now,
        created_at=now,
        queued_at=now,
        changed_at=now,
    )
