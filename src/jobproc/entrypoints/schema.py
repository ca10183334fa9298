"""No process works on a schema older than itself."""

import asyncio

from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.schema import check_schema
from jobproc.entrypoints.settings import Profile, Settings


def require_schema(settings: Settings) -> None:
    """Refuse an older schema with `ConfigurationError`; the memory profile has none."""
    if settings.profile is Profile.PRODUCTION:
        asyncio.run(_check(settings))


async def _check(settings: Settings) -> None:
    async with open_database(settings.database, pool_size=1) as database:
        await check_schema(database)
