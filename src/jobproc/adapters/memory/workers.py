"""The workers of this process."""

from collections.abc import Sequence
from uuid import UUID

from jobproc.domain.workers import Presence


class MemoryWorkers:
    """`Workers` of one process, which end with it."""

    def __init__(self) -> None:
        self._present: dict[UUID, Presence] = {}

    async def announce(self, presence: Presence) -> None:
        """This one is there."""
        self._present[presence.id] = presence

    async def leave(self, id: UUID) -> None:
        """It is no longer there."""
        self._present.pop(id, None)

    async def present(self) -> Sequence[Presence]:
        """Those who are there, by their place."""
        return sorted(self._present.values(), key=lambda each: each.place)
