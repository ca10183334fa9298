"""Users in a dictionary."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from jobproc.adapters.memory.clock import MemoryClock
from jobproc.domain.errors import Conflict
from jobproc.domain.users import User, Username


class MemoryUsers:
    """`Users` that are gone with the process."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock
        self._by_id: dict[UUID, User] = {}
        self._ids: dict[Username, UUID] = {}

    async def add(self, user: User) -> None:
        """Store a new user; a taken name is a `Conflict` with code `username-taken`."""
        if user.username in self._ids:
            raise Conflict("Username already registered", code="username-taken")
        self._by_id[user.id], self._ids[user.username] = user, user.id

    async def get(self, id: UUID) -> User | None:
        """The user of that id."""
        return self._by_id.get(id)

    async def named(self, username: Username) -> User | None:
        """The user of that name."""
        return self._by_id[self._ids[username]] if username in self._ids else None

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[User]:
        """At most `limit` users by their ids, from after that one on."""
        ids = sorted(id for id in self._by_id if after is None or id > after)
        return [self._by_id[id] for id in ids[:limit]]

    async def change(self, id: UUID, change: Callable[[User, datetime], User]) -> User | None:
        """Apply a pure function to it and store what it returns."""
        if id in self._by_id:
            self._by_id[id] = change(self._by_id[id], self._clock.read())
        return self._by_id.get(id)
