"""The bell that wakes idle slots."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True)
class Bell:
    """Each ring wakes one of those who wait, or else the next who comes. All calls belong to one event loop."""

    _waiting: list[asyncio.Future[None]] = field(default_factory=list)
    _rung: bool = False

    def ring(self) -> None:
        """Wake one at once; many rings that nobody waits for are one."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
                return
        self._rung = True

    async def wait(self, at_most: timedelta) -> None:
        """Return when it rings for this caller, or when the time is over."""
        if self._rung:
            self._rung = False
            return
        mine = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(at_most.total_seconds()):
                    await mine
        finally:
            self._waiting.remove(mine)
