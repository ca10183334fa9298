"""What the benchmarks run on: servers of their own, and the whole service with what they need to know of it."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from jobproc.adapters.embedded.datafolder import SETTINGS_FILE
from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey
from jobproc.adapters.postgres.migrate import migrate
from jobproc.entrypoints.stack import running_stack

HOST = "127.0.0.1"
UNLIMITED = {f"JOBPROC_RATE_LIMIT_{name}": "off" for name in ("AUTH", "SUBMIT", "READ")}
# What would be written for each job by the plain service is written nowhere either.
QUIET = {"JOBPROC_LOG_LEVEL": "warning"}
LAST_WORDS = 2000


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it listens, the environment of its processes, and their ids."""

    port: int
    environment: Mapping[str, str]
    pids: Mapping[str, int]
    log: Path

    @property
    def database_url(self) -> str:
        """Its Postgres."""
        return self.environment["JOBPROC_DATABASE_URL"]


@contextmanager
def service(*, slots: int = 2, **settings: str) -> Iterator[Service]:
    """All of it, as `jobproc up` runs it, without limits on requests; `settings` are variables without prefix."""
    ours = UNLIMITED | QUIET | {f"JOBPROC_{name}": value for name, value in settings.items()}
    with _folder() as folder, _environment(ours):
        place, log, port = folder / "data", folder / "log", free_port()
        with _telling(log), running_stack(place, host=HOST, port=port, slots=slots, log=log) as stack:
            told = (line.split("=", 1) for line in (place / SETTINGS_FILE).read_text().splitlines())
            pids = {name: process.pid for name, process in stack.processes.items()}
            yield Service(port, {**os.environ, **dict(told)}, pids, log)


@contextmanager
def servers() -> Iterator[tuple[str, str, Path]]:
    """A Postgres of its own that may make databases, a Valkey, and a folder for what is written meanwhile.

    The end of its file `log` is told when something fails.
    """
    with _folder() as folder, _telling(folder / "log"):
        database = EmbeddedPostgres(folder / "postgres", createdb=True)
        valkey = EmbeddedValkey(folder / "valkey")
        try:
            yield database.start(), valkey.start(), folder
        finally:
            valkey.stop()
            database.stop()


def new_database(server_url: str, name: str, *, migrated: bool = True) -> str:
    """The URL of a new database on that server."""
    asyncio.run(execute(server_url, f"CREATE DATABASE {name}"))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    if migrated:
        migrate(url)
    return url


async def execute(url: str, *statements: str) -> None:
    """Run these over a connection of their own, however long they take."""
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def free_port() -> int:
    """One that nobody listens at now."""
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="jobproc-bench-") as name:
        # The account that the servers run as must be able to reach its data.
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def _telling(log: Path) -> Iterator[None]:
    """What fails takes the end of this file along: nobody could read it afterwards."""
    try:
        yield
    except Exception as error:
        if log.exists():
            error.add_note(log.read_text(errors="replace")[-LAST_WORDS:])
        raise


@contextmanager
def _environment(added: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(added)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
