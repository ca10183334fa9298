"""The database's time, without asking for it every time."""

import asyncio
import time
from datetime import datetime, timedelta

from sqlalchemy import text

from jobproc.adapters.postgres.database import Database

ASK_SECONDS = 5.0
_NOW = text("SELECT now()")


class PostgresClock:
    """Asks every few seconds and counts the monotonic seconds since the answer came.

    Counted from the answer's arrival, it is behind the database by half a round trip and never ahead of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asking = asyncio.Lock()
        self._asked: tuple[datetime, float] | None = None

    async def now(self) -> datetime:
        """The store's time, in UTC."""
        if self._age() > ASK_SECONDS:
            async with self._asking:
                if self._age() > ASK_SECONDS:
                    answer = (await self._database.run(_NOW))[0][0]
                    self._asked = answer, time.monotonic()
        if self._asked is None:
            raise AssertionError("asked above")
        return self._asked[0] + timedelta(seconds=self._age())

    def _age(self) -> float:
        return time.monotonic() - self._asked[1] if self._asked else float("inf")
