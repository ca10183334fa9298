"""The database's time, without asking for it every time."""

import time
from datetime import datetime, timedelta

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database
from jobproc.application.recent import Recent

ASK_SECONDS = 5.0
_NOW = text("SELECT now()")


class PostgresClock:
    """Asks every few seconds and counts the monotonic seconds since the answer came.

    Counted from the answer's arrival, it is behind the database by half a round trip and never ahead of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answer = Recent(self._ask, seconds=ASK_SECONDS)

    async def now(self) -> datetime:
        """The store's time, in UTC."""
        answer = await self._answer(None)
        if answer is None:
            raise AssertionError("the database always knows the time")
        then, came = answer
        return then + timedelta(seconds=time.monotonic() - came)

    async def _ask(self, _: None) -> tuple[datetime, float]:
        """The database's time, and the monotonic time at which it came."""
        return (await self._database.fetch(_NOW))[0][0], time.monotonic()
