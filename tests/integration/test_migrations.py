"""The schema goes up, down and up again, refuses impossible rows, and is what the code believes."""

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.migrate import check_schema, migrate
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

    async with database.engine.connect() as connection:
        there = await connection.run_sync(columns)
    assert there == {
        table.name: {column.name: bool(column.nullable) for column in table.columns}
        for table in metadata.tables.values()
    }


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


async def _check(url: str) -> None:
    async with open_database(url) as database:
        await check_schema(database)


async def _a_job_lives(url: str) -> None:
    async with postgres_store(url) as store:
        [job] = await store.add()
        [claimed] = await store.work.claim(job.id, ["square_sum"], limit=1, lease=LEASE)
        assert await store.work.finish([claimed.succeed("14", await store.clock.now())])


def _tables(url: str) -> set[str]:
    async def ask() -> Any:
        async with open_database(url) as database:
            return await database.run(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))

    return {row.tablename for row in run(ask())}
