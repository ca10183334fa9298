"""The schema's way from revision to revision."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from jobproc.adapters.postgres.database import OUTDATED, Database, open_database
from jobproc.domain.errors import ConfigurationError, Unavailable

_LOCK = text("SELECT pg_try_advisory_lock(hashtext('jobproc migrate'))")
LOOK_AGAIN_SECONDS = 0.1
_PATIENCE = text(
    "SET lock_timeout = '60s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0"
)


def migrate(url: str, revision: str = "head") -> None:
    """Bring the schema up or down to a revision; several that start together go one after the other."""
    asyncio.run(_migrate(url, revision))


async def check_schema(database: Database) -> str:
    """The revision of the schema; older than this program, or none: `ConfigurationError`."""
    async with database.transaction() as connection:
        present = await connection.run_sync(_revision)
    known = [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()]
    # A revision that this program does not know is newer: every revision works with the code before it.
    if present is None or (present in known and present != known[0]):
        raise ConfigurationError(OUTDATED)
    return present


async def _migrate(url: str, revision: str) -> None:
    async with open_database(url, pool_size=1) as database:
        try:
            await _under_lock(database.engine, revision)
        except OSError as error:
            raise Unavailable("JOBPROC_DATABASE_URL: no Postgres answers there.") from error


async def _under_lock(engine: AsyncEngine, revision: str) -> None:
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver = raw.driver_connection
        if driver is None:
            raise AssertionError("a fresh connection has a driver")
        await driver.execute(_PATIENCE.text)
        await _lock(connection)
        # The lock belongs to the connection and goes with it.
        await connection.run_sync(_run, revision)
        await connection.commit()
        await connection.invalidate()


async def _lock(connection: AsyncConnection) -> None:
    """Who waited in a statement would hold up an index that is made concurrently: that waits for all statements."""
    while not (await connection.execute(_LOCK)).scalar_one():
        await connection.commit()
        await asyncio.sleep(LOOK_AGAIN_SECONDS)
    await connection.commit()


def _run(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    present = _revision(connection)
    # Alembic begins its own transactions, and none within another.
    connection.commit()
    known = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()]
    up = (
        revision == "head"
        or present is None
        or (revision in known and known.index(revision) < known.index(present))
    )
    (command.upgrade if up else command.downgrade)(config, revision)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
