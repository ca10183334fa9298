"""Counts of this process alone."""

import time
from collections.abc import Callable

from jobproc.application.counting import Failures, Windows
from jobproc.domain.rates import Rate, Standing


class MemoryRateLimiter:
    """A `RateLimiter` whose counts are gone with the process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._windows = Windows(now)

    async def count(self, key: str, rate: Rate) -> Standing:
        """Count one more request of that key, and say where it stands."""
        return self._windows.count(key, rate)


class MemoryLoginAttempts:
    """`LoginAttempts` that are gone with the process."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._failures = Failures(now)

    async def begin(self, name: str) -> int:
        """Seconds to wait; 0: go ahead, it is counted as a failure until it is forgotten."""
        return self._failures.begin(name)

    async def forget(self, name: str) -> None:
        """A right password: the name starts anew."""
        self._failures.forget(name)
