"""The time of this process."""

from collections.abc import Callable
from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present, in UTC."""
    return datetime.now(UTC)


class MemoryClock:
    """A `Clock` over any source of time, so that a test can move it."""

    def __init__(self, time: Callable[[], datetime] | None = None) -> None:
        self.read = time or utc_now

    async def now(self) -> datetime:
        """The present by that source."""
        return self.read()
