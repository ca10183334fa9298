"""Which revision the schema has, without Alembic: every process asks at its start, and only `migrate` moves it."""

from pathlib import Path

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.failures import OUTDATED
from jobproc.domain.errors import ConfigurationError

# Each file begins with its revision; they count up.
REVISIONS = sorted(
    file.name.partition("_")[0] for file in (Path(__file__).parent / "migrations" / "versions").glob("*_*.py")
)
_EXISTS = text("SELECT to_regclass('alembic_version') IS NOT NULL")
_PRESENT = text("SELECT version_num FROM alembic_version")


async def check_schema(database: Database) -> str:
    """The revision of the schema; older than this program, or none: `ConfigurationError`."""
    exists = (await database.run(_EXISTS))[0][0]
    present: str | None = (
        next((row.version_num for row in await database.run(_PRESENT)), None) if exists else None
    )
    # A revision that this program does not know is newer: every revision works with the code before it.
    if present is None or present in REVISIONS[:-1]:
        raise ConfigurationError(OUTDATED)
    return present
