"""The bell that wakes idle slots."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

# Several ears tell of the same work, and each worker hears of all of it: one look in that time is enough.
LOOK_SECONDS = 0.01


@dataclass(slots=True)
class Bell:
    """Each ring wakes one of those who wait, or else the next who comes. All calls belong to one event loop."""

    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    _rung: bool = False
    _later: asyncio.TimerHandle | None = None
    _heard_at: float = 0.0

    def ring(self) -> None:
        """Wake one at once; many rings that nobody waits for are one."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
                return
        self._rung = True

    def hear(self) -> None:
        """Wake one, unless one was woken a moment ago: then when the moment is over."""
        if self._later is None:
            loop = asyncio.get_running_loop()
            self._later = loop.call_at(self._heard_at + LOOK_SECONDS, self._ring_for_all_heard)

    async def wait(self, at_most: timedelta) -> None:
        """Return when it rings for this caller, or when the time is over."""
        if self._rung:
            self._rung = False
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            await asyncio.wait((mine,), timeout=at_most.total_seconds())
        finally:
            self._waiting.remove(mine)

    def _ring_for_all_heard(self) -> None:
        self._later, self._heard_at = None, asyncio.get_running_loop().time()
        self.ring()
