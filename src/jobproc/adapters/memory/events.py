"""Hints within one process."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from jobproc.application.events import Audience, Hint, Subscription


class MemoryEvents:
    """`JobEvents` that are told as they are published."""

    def __init__(self) -> None:
        self._audience = Audience()

    def publish(self, hints: Sequence[Hint]) -> None:
        """Pass hints on to whoever listens."""
        self._audience.tell(hints)

    def publish_missed(self, owner: UUID) -> None:
        """Tell whoever listens for that owner to read again."""
        self._audience.tell_missed(owner)

    @asynccontextmanager
    async def subscribe(self, owner: UUID, job: UUID | None = None) -> AsyncIterator[Subscription]:
        """The hints of that job, or of all jobs of the owner, from now on."""
        with self._audience.listening(owner, job) as subscription:
            yield subscription
