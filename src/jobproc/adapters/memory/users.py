"""Users in a dictionary."""

from uuid import UUID

from jobproc.domain.errors import Conflict
from jobproc.domain.users import User, Username


class MemoryUsers:
    """`Users` that are gone with the process."""

    def __init__(self) -> None:
        self._by_id: dict[UUID, User] = {}
        self._by_name: dict[Username, User] = {}

    async def add(self, user: User) -> None:
        """Store a new user; a taken name is a `Conflict` with code `username-taken`."""
        if user.username in self._by_name:
            raise Conflict("Username already registered", code="username-taken")
        self._by_id[user.id] = self._by_name[user.username] = user

    async def get(self, id: UUID) -> User | None:
        """The user of that id."""
        return self._by_id.get(id)

    async def named(self, username: Username) -> User | None:
        """The user of that name."""
        return self._by_name.get(username)
