"""A Valkey that a test may stop, freeze and empty."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from jobproc.adapters.embedded.valkey import EmbeddedValkey


class OwnValkey:
    """A server of the test's own, and what may happen to it."""

    def __init__(self, server: EmbeddedValkey) -> None:
        self._server = server
        self.url = server.start()

    def stop(self) -> None:
        """It is gone, and everything in it."""
        self._server.stop()

    def start(self) -> None:
        """It is there again, at the same place."""
        self._server.start()

    def freeze(self) -> None:
        """It takes connections and bytes, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    @asynccontextmanager
    async def client(self) -> AsyncIterator["Redis"]:
        """Somebody who looks into it."""
        async with Redis.from_url(self.url, protocol=2, decode_responses=True) as client:
            yield client

    def _signal(self, word: signal.Signals) -> None:
        assert self._server.process
        os.kill(self._server.process.pid, word)
