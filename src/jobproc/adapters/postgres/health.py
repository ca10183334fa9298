"""Whether the database answers, and has the tables that this program expects."""

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.schema import check_schema

_ASK = text("SELECT 1")


class DatabasePart:
    """A `Part` that everything needs."""

    name = "postgres"
    is_needed = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> str:
        """Whether it answers."""
        await self._database.run(_ASK)
        return "answers"


class SchemaPart:
    """A `Part` that everything needs."""

    name = "schema"
    is_needed = True

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> str:
        """Its revision; older than this program: `ConfigurationError`."""
        return f"revision {await check_schema(self._database)}"
