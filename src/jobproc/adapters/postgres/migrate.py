"""The schema's way from revision to revision."""

import asyncio
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from jobproc.adapters.postgres.connection import AwaitedConnection, connected
from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.failures import REFUSED, REFUSING
from jobproc.adapters.postgres.schema import REVISIONS
from jobproc.domain.errors import ConfigurationError, Unavailable

_LOCK = text("SELECT pg_try_advisory_lock(hashtext('jobproc migrate'))")
LOOK_AGAIN_SECONDS = 0.1
# What SQLSTATE says when a lock was not to be had in time, or only by who waits in turn for one of ours.
LOCKED = ("55P03", "40P01")
TRIES, TRY_AGAIN_SECONDS = 20, 2.0
_PATIENCE = text(
    "SET lock_timeout = '60s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"
)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema up or down to a revision; several that start together go one after the other.

    One that is not known by its name, and so may not be the same after a part of the way: `ConfigurationError`.
    """
    if revision not in (known := ("base", *REVISIONS, "head")):
        raise ConfigurationError(
            f"JOBPROC_REVISION: {revision} is no revision. There are {', '.join(known)}."
        )
    asyncio.run(_migrate(url, revision))


async def _migrate(url: str, revision: str) -> None:
    # An index on a large table takes as long as it takes.
    async with open_database(url, pool_size=1, command_seconds=None) as database:
        for _ in range(TRIES - 1):
            if await _is_through(database.engine, revision):
                return
            await asyncio.sleep(TRY_AGAIN_SECONDS)
        if not await _is_through(database.engine, revision):
            raise Unavailable("Somebody holds a table all the time. Run it again later for the rest.")


async def _is_through(engine: Engine, revision: str) -> bool:
    """Whether it could have the locks that it needs; it waits for them no longer than others can wait for it."""
    try:
        await _under_lock(engine, revision)
    except OSError as error:
        raise Unavailable("JOBPROC_DATABASE_URL: no Postgres answers there.") from error
    except DBAPIError as error:
        state = str(getattr(error.orig, "sqlstate", None))
        if state.startswith(REFUSING):
            raise Unavailable(REFUSED) from error
        if state not in LOCKED:
            raise
        return False
    return True


async def _under_lock(engine: Engine, revision: str) -> None:
    async with connected(engine) as connection:
        driver: Any = await connection.run_sync(lambda lent: lent.connection.driver_connection)
        await driver.execute(_PATIENCE.text)
        await _lock(connection)
        # The lock belongs to the connection and goes with it.
        await connection.run_sync(_run, revision)
        await connection.run_sync(Connection.commit)
        await connection.run_sync(Connection.invalidate)


async def _lock(connection: AwaitedConnection) -> None:
    """Who waited in a statement would hold up an index that is made concurrently: that waits for all statements."""
    while not (await connection.execute(_LOCK)).scalar_one():
        await connection.run_sync(Connection.commit)
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    await connection.run_sync(Connection.commit)


def _run(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    present = _revision(connection) or ""
    # Alembic begins its own transactions, and none within another.
    connection.commit()
    # They count up, and "head" sorts after all of them.
    is_down = revision == "base" or revision < present
    (command.downgrade if is_down else command.upgrade)(config, revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
