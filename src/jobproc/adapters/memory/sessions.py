"""Sessions in a dictionary."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from jobproc.adapters.memory.clock import MemoryClock
from jobproc.domain.sessions import Session


class MemorySessions:
    """`Sessions` that are gone with the process."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock
        self._by_id: dict[UUID, Session] = {}

    async def add(self, session: Session) -> None:
        """Store a new session."""
        self._by_id[session.id] = session

    async def get(self, id: UUID) -> Session | None:
        """The session of that id, ended or not."""
        return self._by_id.get(id)

    async def change(self, id: UUID, change: Callable[[Session, datetime], Session]) -> Session | None:
        """Apply a pure function to it and store what it returns."""
        if id in self._by_id:
            self._by_id[id] = change(self._by_id[id], self._clock.read())
        return self._by_id.get(id)

    async def end_all(self, user_id: UUID, *, keep: UUID | None = None) -> None:
        """End the user's sessions, all but one."""
        now = self._clock.read()
        theirs = [each for each in self._by_id.values() if each.user_id == user_id and each.id != keep]
        self._by_id |= {each.id: each.end(now) for each in theirs}

    async def purge(self, *, limit: int) -> int:
        """Erase sessions that have been over for a day."""
        now = self._clock.read()
        over = [id for id, session in self._by_id.items() if session.is_forgotten(now)][:limit]
        for id in over:
            del self._by_id[id]
        return len(over)
