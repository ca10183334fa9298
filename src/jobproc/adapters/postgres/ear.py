"""A second ear beside Celery's: Postgres tells of due work itself, with the commit that makes it so."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Self

import asyncpg

from jobproc.adapters.postgres.database import CONNECT_SECONDS, driver_url
from jobproc.adapters.postgres.statements import DUE
from jobproc.application.ending import end
from jobproc.application.pausing import pause

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
ASK = timedelta(seconds=15)
LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
# Every worker hears every notification: under load one look in that time is enough. It is less than somebody takes who
# waits for each job before the next: they are not held up.
LOOK_SECONDS = 0.005


class PostgresEar:
    """Calls `on_due` soon after work has become due, from the loop that it was entered in.

    It listens from when `ready` is set. It has a connection of its own, and makes a new one when it was lost. What was
    missed meanwhile is no loss: a worker also looks by itself, and hears Celery. An async context manager.
    """

    def __init__(self, url: str, on_due: Callable[[], None], *, ready: asyncio.Event) -> None:
        self._url = driver_url(url)
        self._on_due = on_due
        self._ready = ready
        self._listening: asyncio.Task[None] | None = None
        self._calling: asyncio.TimerHandle | None = None
        self._called_at = 0.0
        self._is_away = False

    async def __aenter__(self) -> Self:
        self._listening = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._listening is not None:
            await end(self._listening)
        if self._calling is not None:
            self._calling.cancel()

    async def _listen(self) -> None:
        await self._ready.wait()
        while True:
            try:
                await self._listen_once()
            except LOST as error:
                self._lose(error)
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_once(self) -> None:
        """Until the connection is lost."""
        lost = asyncio.Event()
        connection = await asyncpg.connect(self._url, timeout=CONNECT_SECONDS)
        try:
            connection.add_termination_listener(lambda _: lost.set())
            await connection.add_listener(DUE, self._hear)
            self._is_away = False
            self._on_due()
            while not lost.is_set():
                await pause(lost, ASK)
                # A connection that was cut off somewhere on its way says nothing by itself.
                await connection.execute("SELECT 1", timeout=CONNECT_SECONDS)
        finally:
            connection.terminate()

    def _lose(self, error: Exception) -> None:
        if not self._is_away:
            log.warning(
                "Postgres tells of no due work (%s); workers look by themselves.", type(error).__name__
            )
        self._is_away = True

    def _hear(self, *_: Any) -> None:
        if self._calling is None:
            loop = asyncio.get_running_loop()
            self._calling = loop.call_at(self._called_at + LOOK_SECONDS, self._call)

    def _call(self) -> None:
        self._calling, self._called_at = None, asyncio.get_running_loop().time()
        self._on_due()
