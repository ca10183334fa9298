"""Counting in this process: all of it on the memory profile, and what goes on while the shared counts are away."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass

from jobproc.domain.rates import FAILURE_MEMORY_SECONDS, Rate, Standing, delay_after

SWEEP_SECONDS = 10


def seconds_left(seconds: float) -> int:
    """In whole seconds, at least one: who comes back after them finds a new window."""
    return max(1, math.ceil(seconds))


@dataclass(slots=True)
class Count:
    """So many until then; `wait_until` holds up the next attempt of a login."""

    number: int
    ends: float
    wait_until: float = 0.0


class Counts:
    """Counts by key that end by themselves."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._counts: dict[str, Count] = {}
        self._swept = now()

    def __getitem__(self, key: str) -> Count | None:
        found = self._counts.get(key)
        return found if found and found.ends > self.now() else None

    def __setitem__(self, key: str, count: Count) -> None:
        self._sweep()
        self._counts[key] = count

    def __delitem__(self, key: str) -> None:
        self._counts.pop(key, None)

    def __len__(self) -> int:
        return len(self._counts)

    def _sweep(self) -> None:
        """Once in a while, so that keys which never come again take no room for long."""
        now = self.now()
        if now - self._swept > SWEEP_SECONDS:
            self._counts = {key: count for key, count in self._counts.items() if count.ends > now}
            self._swept = now


class Windows:
    """Requests by key, each in a window that begins with its first one."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._counts = Counts(now)

    def count(self, key: str, rate: Rate) -> Standing:
        """Count one more, unless nothing is left."""
        found = self._counts[key]
        if found is None:
            self._counts[key] = found = Count(0, self._counts.now() + rate.seconds)
        used = found.number + 1
        found.number = min(used, rate.limit)
        return Standing(rate, used, seconds_left(found.ends - self._counts.now()))

    def learn(self, key: str, number: int, seconds: float) -> None:
        """Others have counted so many in a window that lasts so many seconds more."""
        self._counts[key] = Count(number, self._counts.now() + seconds)

    def __len__(self) -> int:
        return len(self._counts)


class Failures:
    """Wrong passwords by name."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._counts = Counts(now)

    def begin(self, name: str) -> int:
        """Seconds to wait; 0: go ahead, it is counted as a failure until it is forgotten."""
        now, found = self._counts.now(), self._counts[name]
        if found and found.wait_until > now:
            return math.ceil(found.wait_until - now)
        number = found.number + 1 if found else 1
        self._counts[name] = Count(number, now + FAILURE_MEMORY_SECONDS, now + delay_after(number))
        return 0

    def forget(self, name: str) -> None:
        """A right password."""
        del self._counts[name]
