"""The schema goes up, down and up again, refuses impossible rows, and is what the code believes."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from jobproc.adapters import postgres
from jobproc.adapters.postgres import migrate as migrations
from jobproc.adapters.postgres.connection import connected
from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.migrate import migrate
from jobproc.adapters.postgres.schema import REVISIONS, check_schema
from jobproc.adapters.postgres.tables import metadata
from jobproc.domain.errors import ConfigurationError
from tests.integration.contracts.stores import LEASE, postgres_store
from tests.servers import run

IMPOSSIBLE = {
    "an unknown status": "status = 'DONE'",
    "final without its end": "status = 'CANCELLED'",
    "an end without being final": "finished_at = now(), expires_at = now() + interval '1 hour'",
    "an end without an expiry": "status = 'CANCELLED', queued_at = NULL, finished_at = now()",
    "kept for less than a minute": (
        "status = 'CANCELLED', queued_at = NULL, finished_at = now(), expires_at = now() + interval '59 seconds'"
    ),
    "in progress without a lease": "status = 'IN_PROGRESS', attempt = 1, started_at = now()",
    "a lease without being in progress": "lease_until = now(), worker = gen_random_uuid()",
    "a lease without a worker": "status = 'IN_PROGRESS', attempt = 1, started_at = now(), lease_until = now()",
    "in progress in no attempt": (
        "status = 'IN_PROGRESS', started_at = now(), lease_until = now(), worker = gen_random_uuid()"
    ),
    "due without a place in the queue": "queued_at = NULL",
    "a place in the queue without being due": "status = 'SCHEDULED'",
    "a success without a result": (
        "status = 'SUCCESS', queued_at = NULL, finished_at = now(), expires_at = now() + interval '1 hour'"
    ),
    "a result without a success": "result = '1'",
    "a failure without an error": (
        "status = 'FAILED', queued_at = NULL, finished_at = now(), expires_at = now() + interval '1 hour'"
    ),
    "more attempts than allowed": "attempt = 4",
    "attempts below nothing": "attempt = -1",
    "no attempts at all": "max_attempts = 0",
    "a priority out of bounds": "priority = 101",
    "a timeout out of bounds": "timeout_seconds = 0",
    "a retention below nothing": "retention_seconds = -1",
    "a version below one": "version = 0",
}
KEY = """
INSERT INTO api_keys SELECT gen_random_uuid(), id, 'script', ARRAY['jobs:read'], 'hash', now(), NULL FROM users
"""
# As the program of revision 0001 does it.
OLD_LOGIN = """
WITH somebody AS (
    INSERT INTO users (id, username, password_hash, created_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), 'hash', now()) RETURNING id
)
INSERT INTO sessions (id, user_id, created_at, expires_at, ended_at)
SELECT gen_random_uuid(), id, now(), now() + interval '1 hour', NULL FROM somebody
"""


@pytest.fixture
async def database(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    """A migrated database with one due job in it."""
    async with postgres_store(database_url) as store:
        await store.add()
    async with open_database(database_url) as opened:
        yield opened


@pytest.mark.anyio
@pytest.mark.parametrize("nonsense", IMPOSSIBLE)
async def test_the_database_refuses(database: Database, nonsense: str) -> None:
    with pytest.raises(IntegrityError, match="CheckViolation"):
        await database.run(text(f"UPDATE jobs SET {IMPOSSIBLE[nonsense]}"))


@pytest.mark.anyio
async def test_the_tables_of_the_code_are_those_of_the_database(database: Database) -> None:
    def columns(connection: Connection) -> dict[str, dict[str, bool]]:
        found = inspect(connection)
        return {
            name: {each["name"]: each["nullable"] for each in found.get_columns(name)}
            for name in found.get_table_names()
            if name != "alembic_version"
        }

    async with connected(database.engine) as connection:
        there = await connection.run_sync(columns)
    assert there == {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in metadata.tables.values()
    }


@pytest.mark.anyio
@pytest.mark.parametrize(
    "nonsense",
    ["scopes = ARRAY['account']", "expires_at = created_at"],
    ids=["a scope that no key may have", "a key that was never good"],
)
async def test_the_database_refuses_of_keys(database: Database, nonsense: str) -> None:
    await database.run(text(KEY))
    with pytest.raises(IntegrityError, match="CheckViolation"):
        await database.run(text(f"UPDATE api_keys SET {nonsense}"))


def test_sessions_of_the_program_before_refresh_tokens_live_on_through_the_migration(
    empty_database_url: str,
) -> None:
    migrate(empty_database_url, "0001")
    run(_run(empty_database_url, OLD_LOGIN))
    migrate(empty_database_url)
    # The program before goes on beside the new schema.
    run(_run(empty_database_url, OLD_LOGIN))
    assert run(_sessions(empty_database_url)) == [(None, 0, ())] * 2
    migrate(empty_database_url, "0001")
    run(_run(empty_database_url, OLD_LOGIN))


def test_migrations_go_up_down_and_up_again(empty_database_url: str) -> None:
    migrate(empty_database_url)
    migrate(empty_database_url, "base")
    assert _tables(empty_database_url) <= {"alembic_version"}
    migrate(empty_database_url)
    migrate(empty_database_url)
    run(_a_job_lives(empty_database_url))


def test_two_migrations_at_once_are_one(empty_database_url: str) -> None:
    failures: list[BaseException] = []

    def go() -> None:
        try:
            migrate(empty_database_url)
        except BaseException as error:
            failures.append(error)
            raise

    threads = [threading.Thread(target=go) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    run(_a_job_lives(empty_database_url))


def test_a_schema_that_is_missing_is_refused_with_the_command_that_helps(empty_database_url: str) -> None:
    with pytest.raises(ConfigurationError, match="jobproc migrate"):
        run(_check(empty_database_url))


def test_the_present_schema_is_taken(database_url: str) -> None:
    run(_check(database_url))


async def _run(url: str, statement: str) -> Any:
    async with open_database(url, pool_size=1) as database:
        return await database.run(text(statement))


async def test_the_newest_file_is_the_revision_that_migrate_brings(database: Database) -> None:
    assert await check_schema(database) == REVISIONS[-1]


async def _sessions(url: str) -> list[Any]:
    async with postgres_store(url) as store, open_database(url, pool_size=1) as database:
        ids = [row.id for row in await database.run(text("SELECT id FROM sessions"))]
        found = [await store.sessions.get(id) for id in ids]
        return [(each.refresh_hash, each.exchanges, each.exchanged_at) for each in found if each]


async def _check(url: str) -> None:
    async with open_database(url) as database:
        await check_schema(database)


async def _a_job_lives(url: str) -> None:
    async with postgres_store(url) as store:
        [job] = await store.add()
        [claimed] = await store.work.claim(job.id, ["square_sum"], limit=1, lease=LEASE)
        assert await store.work.finish([claimed.succeed("14", await store.clock.now())])


def _tables(url: str) -> set[str]:
    rows = run(_run(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return {row.tablename for row in rows}


def test_every_step_goes_up_and_down_and_up_while_others_write_and_none_of_them_waits_long(
    empty_database_url: str,
) -> None:
    migrate(empty_database_url, "0001")
    written: list[float] = []
    over = threading.Event()
    writer = threading.Thread(target=run, args=(_write_until(over, empty_database_url, written),))
    writer.start()
    try:
        for before, revision in pairwise(_revisions()):
            for each in (revision, before, revision):
                migrate(empty_database_url, each)
    finally:
        over.set()
        writer.join()
    assert max(written) < 3


@pytest.mark.parametrize(("first", "then"), [("sessions", "users"), ("users", "sessions"), ("users", "jobs")])
def test_no_step_lets_who_writes_to_two_tables_fail(
    empty_database_url: str, first: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "TRY_AGAIN_SECONDS", 0.1)
    migrate(empty_database_url, "0001")
    for before, revision in pairwise(_revisions()):
        for each in (revision, before, revision):
            run(_write_to_two_while_it_migrates(empty_database_url, each, first, then))
    assert run(_deadlocks(empty_database_url)) == 0


@pytest.mark.parametrize("revision", ["-1", "+1", "0", "heads"])
def test_a_revision_is_named_in_full(empty_database_url: str, revision: str) -> None:
    with pytest.raises(ConfigurationError, match=r"JOBPROC_REVISION.*There are base, 0001, "):
        migrate(empty_database_url, revision)


def test_an_index_that_an_earlier_attempt_has_finished_is_not_made_again(empty_database_url: str) -> None:
    migrate(empty_database_url, "0002")
    run(_run(empty_database_url, "CREATE INDEX jobs_by_end ON jobs (owner, finished_at) INCLUDE (status)"))
    [made] = run(_run(empty_database_url, OF_INDEX))
    migrate(empty_database_url)
    assert run(_run(empty_database_url, OF_INDEX)) == [made]


OF_INDEX = "SELECT oid, relfilenode FROM pg_class WHERE relname = 'jobs_by_end'"


async def _deadlocks(url: str) -> int:
    """Those that Postgres has found, whoever was the victim."""
    [row] = await _run(url, "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(row.deadlocks)


async def _write_to_two_while_it_migrates(url: str, revision: str, first: str, then: str) -> None:
    async with open_database(url) as database, connected(database.engine) as writer:
        await writer.execute(text(f"LOCK TABLE {first} IN ROW EXCLUSIVE MODE"))
        migration = asyncio.create_task(asyncio.to_thread(migrate, url, revision))
        while not migration.done() and not await database.run(MIGRATION_WAITS):
            await asyncio.wait([migration], timeout=0.01)
        await writer.execute(text(f"LOCK TABLE {then} IN ROW EXCLUSIVE MODE"))
        await writer.run_sync(Connection.commit)
        await migration


MIGRATION_WAITS = text(
    "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _revisions() -> list[str]:
    """All of them, oldest first."""
    folder = Path(postgres.__file__).parent / "migrations"
    return [each.revision for each in ScriptDirectory(folder).walk_revisions()][::-1]


async def _write_until(over: threading.Event, url: str, written: list[float]) -> None:
    """What the first revision's programs write, again and again; how long each statement took."""
    async with open_database(url) as database:
        while not written or not over.is_set():
            values = {"id": uuid4(), "session": uuid4(), "name": uuid4().hex}
            for statement in WRITES:
                began = time.monotonic()
                await database.run(text(statement), {n: v for n, v in values.items() if f":{n}" in statement})
                written.append(time.monotonic() - began)


WRITES = (
    "INSERT INTO users (id, username, password_hash, created_at) VALUES (:id, :name, 'x', now())",
    "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (:session, :id, now(), now() + interval '1 h')",
    "INSERT INTO jobs (id, owner, operation, status, data, priority, tags, attempt, max_attempts, timeout_seconds,"
    " retention_seconds, run_at, created_at, queued_at, losses, version, changed_at, cause, timeline)"
    " VALUES (:id, :id, 'echo', 'PENDING', '1', 0, '{}', 0, 3, 1, 60, now(), now(), now(), 0, 1, now(), 'x', '[]')",
    "UPDATE jobs SET status = 'IN_PROGRESS', attempt = 1, started_at = now(), lease_until = now(), worker = :id"
    " WHERE id = :id",
    "UPDATE sessions SET ended_at = now() WHERE id = :session",
    "SELECT count(*) FROM jobs WHERE owner = :id",
)
