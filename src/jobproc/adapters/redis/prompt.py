"""Scripts in Redis that answer within 100 ms, or count as away for a second."""

import asyncio
import hashlib
import logging
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any, Self

from redis.exceptions import NoScriptError, RedisError

from jobproc.adapters.redis.wire import Wire
from jobproc.application.ending import end

log = logging.getLogger(__name__)

BUDGET_SECONDS = 0.1
AWAY_SECONDS = 1.0
# A loop that was busy for longer than the budget has not looked at the socket yet: it gets several looks.
LOOKS = 5


class PromptRedis:
    """Redis or Valkey for what no request may wait for. An async context manager that ends its connection."""

    def __init__(self, url: str, budget_seconds: float = BUDGET_SECONDS) -> None:
        self._budget = budget_seconds
        self._turn = asyncio.Lock()
        # The budget is for the whole trip.
        self._wire = Wire(url, connect_seconds=budget_seconds)
        self._away_until = 0.0

    async def __aenter__(self) -> Self:
        # The first request of a process should not pay for the connection.
        await self.ask("return 1", (), ())
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._turn:
            # Whoever asks from now on must open no connection that nobody would close.
            self._away_until = math.inf
            # A server that hangs does not say goodbye.
            with suppress(RedisError, OSError):
                await self._wire.close()

    async def ask(self, script: str, keys: Sequence[str], values: Sequence[int | str]) -> Any:
        """What the script returns; None when Redis is away or was so within the last second."""
        # One after the other: what waits for its turn is not late, and all hear at once when Redis is away.
        async with self._turn:
            if time.monotonic() < self._away_until:
                return None
            trip = asyncio.create_task(self._run(script, len(keys), *keys, *values))
            try:
                await self._look_for(trip)
            finally:
                await end(trip)
            return self._outcome(trip)

    async def _run(self, script: str, *words: int | str) -> Any:
        try:
            [answer] = await self._wire.ask(("EVALSHA", _name_of(script), *words))
        except NoScriptError:
            [answer] = await self._wire.ask(("EVAL", script, *words))
        return answer

    async def _look_for(self, trip: asyncio.Task[Any]) -> None:
        for _ in range(LOOKS):
            await asyncio.wait((trip,), timeout=self._budget / LOOKS)
            if trip.done():
                return

    def _outcome(self, trip: asyncio.Task[Any]) -> Any:
        error = TimeoutError() if trip.cancelled() else trip.exception()
        if isinstance(error, RedisError | OSError):
            self._lose(error)
            return None
        return trip.result()

    def _lose(self, error: Exception) -> None:
        if time.monotonic() - self._away_until > AWAY_SECONDS:
            log.warning("Redis is away (%s); each process counts by itself.", type(error).__name__)
        self._away_until = time.monotonic() + AWAY_SECONDS


@cache
def _name_of(script: str) -> str:
    """As Redis remembers it."""
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
