"""Whether the server still answers: a slow statement is to be waited for, a dead server is not.

A server that is frozen, or behind a cut cable, closes no connection; without this, whoever asks would wait for the
time limit of the longest statement.
"""

import asyncio
import logging
import time
from contextlib import suppress
from typing import Any

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

from jobproc.application.ending import end

log = logging.getLogger(__name__)

# Together less than the 2 s that a connection may take to be made or had: who waits for one then hears it at once.
LOOK_SECONDS = PATIENCE_SECONDS = 0.25
PROBE_SECONDS = 1.25
# A loop that was busy for longer than that has not looked at the socket yet: it gets several looks.
LOOKS = 5


def key_of(connection: ConnectionPoolEntry | PoolProxiedConnection) -> int:
    """The same for a connection as the pool knows it and as it has lent it."""
    return id(connection.record_info)


class Watch:
    """Ends the connections in use of an engine once its server has stopped to answer, and makes none until it does."""

    def __init__(self, engine: Engine, url: str) -> None:
        self._url = url
        self._in_use: dict[int, tuple[float, Any]] = {}
        self._is_away = False
        self._task: asyncio.Task[None] | None = None
        event.listen(engine, "do_connect", self._refuse_while_away)
        event.listen(
            engine, "checkout", lambda _, entry, __: self.begin(key_of(entry), entry.driver_connection)
        )
        event.listen(engine, "checkin", lambda _, entry: self.end(key_of(entry)))

    def start(self) -> None:
        """Look from now on."""
        self._task = asyncio.create_task(self._look())

    async def stop(self) -> None:
        """Look no more."""
        if self._task is not None:
            await end(self._task)

    def _refuse_while_away(self, *_: object) -> None:
        """Whoever waited for one of the connections that were given up has waited long enough."""
        if self._is_away:
            raise ConnectionError("The database does not answer.")

    def begin(self, key: int, connection: Any) -> None:
        """The driver's connection is in use from now on."""
        self._in_use[key] = time.monotonic(), connection

    def end(self, key: int) -> None:
        """It is not in use any more."""
        self._in_use.pop(key, None)

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            late = time.monotonic() - PATIENCE_SECONDS
            if self._is_away or any(since < late for since, _ in self._in_use.values()):
                self._is_away = not await self._answers()
            if self._is_away:
                self._end_all()

    async def _answers(self) -> bool:
        """Ask by a new connection, since those in use may be busy; to refuse is to answer."""
        probe = asyncio.create_task(self._probe())
        try:
            for _ in range(LOOKS):
                await asyncio.wait((probe,), timeout=PROBE_SECONDS / LOOKS)
                if probe.done():
                    break
        except asyncio.CancelledError:
            # Cancelled just when it has connected, the driver leaves an error behind that nobody asks for.
            await asyncio.wait((probe,), timeout=PROBE_SECONDS / LOOKS)
            raise
        finally:
            [failure] = await end(probe)
        return not probe.cancelled() and not isinstance(failure, OSError)

    async def _probe(self) -> None:
        connection = await asyncpg.connect(self._url)
        await connection.close()

    def _end_all(self) -> None:
        if self._in_use:
            log.warning("The database does not answer; %d connections are given up.", len(self._in_use))
        for _, connection in self._in_use.values():
            with suppress(OSError):
                connection.terminate()
