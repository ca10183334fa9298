"""One real Postgres and one real Valkey for a whole run, and a database of its own for each test."""

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import make_url

from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey
from jobproc.adapters.postgres.migrate import migrate

DATABASE, REDIS = "JOBPROC_TEST_DATABASE_URL", "JOBPROC_TEST_REDIS_URL"
TEMPLATE = "jobproc_test_template"
TRIES = 100


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are, and how to end those that the run has started."""

    database_url: str
    redis_url: str
    stop: Callable[[], None]


def start_servers() -> Servers:
    """The servers that the environment names, or new ones in memory."""
    shared_memory = Path("/dev/shm")
    folder = Path(
        tempfile.mkdtemp(prefix="jobproc-test-", dir=shared_memory if shared_memory.is_dir() else None)
    )
    # The account that the servers run as must be able to reach its data.
    folder.chmod(0o755)
    postgres = EmbeddedPostgres(folder / "postgres", fsync=False, createdb=True)
    valkey = EmbeddedValkey(folder / "valkey", persist=False)

    def stop() -> None:
        postgres.stop()
        valkey.stop()
        shutil.rmtree(folder)

    database_url = _checked(os.environ.get(DATABASE)) or postgres.start()
    servers = Servers(database_url, os.environ.get(REDIS) or valkey.start(), stop)
    _make_template(servers.database_url)
    return servers


def create_database(server_url: str, template: str | None = None) -> str:
    """The URL of a new database, empty or a copy of the template."""
    name = f"jobproc_test_{uuid4().hex}"
    copied = f"TEMPLATE {template} STRATEGY FILE_COPY" if template else ""
    _execute(server_url, f"CREATE DATABASE {name} {copied}")
    return _named(server_url, name)


def drop_database(server_url: str, url: str) -> None:
    """Drop it, whoever still looks at it."""
    for _ in range(TRIES):
        # Autovacuum may be at it, which only a superuser may end; it is soon over.
        with suppress(asyncpg.InsufficientPrivilegeError):
            _execute(server_url, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} cannot be dropped")


def _make_template(server_url: str) -> None:
    drop_database(server_url, _named(server_url, TEMPLATE))
    _execute(server_url, f"CREATE DATABASE {TEMPLATE}")
    migrate(_named(server_url, TEMPLATE))


def _checked(url: str | None) -> str | None:
    if url and "test" not in (make_url(url).database or ""):
        raise SystemExit(
            f"{DATABASE}: the name of the database must hold 'test', since tests erase what they find."
        )
    return url


def _named(server_url: str, database: str) -> str:
    return make_url(server_url).set(database=database).render_as_string(hide_password=False)


def _execute(server_url: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(server_url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    run(execute())


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run it to its end in a loop of its own."""
    with asyncio.Runner() as runner:
        return runner.run(coroutine)
