"""What operators want to know, as ports: who works, what waits, whether each part is well."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol
from uuid import UUID

from jobproc.domain.workers import Backlog, Presence

# A worker that has not said for so long that it is there is taken for gone.
PRESENT_SECONDS = 15
ANNOUNCE_SECONDS = 5
# Counting ends there: how many more wait changes nothing, and costs.
MOST_COUNTED = 10_000


class Workers(Protocol):
    """Workers that have said within `PRESENT_SECONDS` that they are there. Nothing else is decided by it."""

    async def announce(self, presence: Presence) -> None:
        """This one is there. Never fails, and takes but a moment."""

    async def leave(self, id: UUID) -> None:
        """It is no longer there. Never fails, and takes but a moment."""

    async def present(self) -> Sequence[Presence]:
        """Those who are there, by their place; `Unavailable` when nobody can say."""


class DueWork(Protocol):
    """What waits for a worker, or for maintenance."""

    async def by_operation(self) -> Sequence[Backlog]:
        """Each operation that has due jobs, by name; counted up to `MOST_COUNTED`, so that asking stays cheap."""

    async def neglected(self) -> timedelta:
        """How long ago maintenance should have promoted or rescued the job that waits longest for it; zero for none."""


class Part(Protocol):
    """Something that a process needs, or that it does better with."""

    @property
    def name(self) -> str:
        """What people call it."""

    @property
    def is_needed(self) -> bool:
        """Whether nothing goes without it."""

    async def check(self) -> str:
        """A few words on how it is; not well: a `JobprocError` that says what to do."""


class Exposition(Protocol):
    """All that was counted in this process, as text for a monitoring system."""

    @property
    def content_type(self) -> str:
        """The type of the text."""

    def text(self, due: Sequence[Backlog] | None, present: Sequence[Presence] | None) -> bytes:
        """The present numbers; None is what nobody could tell."""
