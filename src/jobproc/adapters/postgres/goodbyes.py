"""The end of connections that nobody uses, in little time though the server may not hear it."""

import asyncio
from typing import Any
from weakref import WeakSet

from sqlalchemy import Engine, event

GOODBYE_SECONDS = 1


class Goodbyes:
    """Knows the idle connections of an engine.

    Its pool would end one after the other, and wait for each as long as a statement may take.
    """

    def __init__(self, engine: Engine) -> None:
        self._idle: WeakSet[Any] = WeakSet()
        event.listen(engine, "checkout", lambda _, entry, __: self._idle.discard(entry.driver_connection))
        event.listen(engine, "checkin", lambda _, entry: self._rest(entry.driver_connection))

    async def say(self) -> None:
        """Close them all at once; one that hangs is cut off."""
        closing = [each.close(timeout=GOODBYE_SECONDS) for each in self._idle]
        await asyncio.gather(*closing, return_exceptions=True)

    def _rest(self, connection: Any) -> None:
        # One that broke is gone already.
        if connection is not None:
            self._idle.add(connection)
