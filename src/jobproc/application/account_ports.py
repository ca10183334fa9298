"""What the use-cases of accounts need from the outside, in the domain's words."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

from jobproc.domain.api_keys import ApiKey
from jobproc.domain.sessions import Identity, Session
from jobproc.domain.users import Password, User, Username


class Users(Protocol):
    """Users, by id and by folded name."""

    async def add(self, user: User) -> None:
        """Store a new user; a taken name is a `Conflict` with code `username-taken`."""

    async def get(self, id: UUID) -> User | None:
        """The user of that id."""

    async def named(self, username: Username) -> User | None:
        """The user of that name."""

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[User]:
        """At most `limit` users by their ids, from after that one on."""

    async def change(self, id: UUID, change: Callable[[User, datetime], User]) -> User | None:
        """Apply a pure function to it, given the store's time, and store what it returns."""


class Sessions(Protocol):
    """Logins that are or were open."""

    async def add(self, session: Session) -> None:
        """Store a new session."""

    async def get(self, id: UUID) -> Session | None:
        """The session of that id, ended or not."""

    async def change(self, id: UUID, change: Callable[[Session, datetime], Session]) -> Session | None:
        """Apply a pure function to it, given the store's time, and store what it returns.

        Of several callers at once each sees what the one before has stored.
        """

    async def end_all(self, user_id: UUID, *, keep: UUID | None = None) -> None:
        """End the user's sessions, all but one."""

    async def purge(self, *, limit: int) -> int:
        """Erase at most `limit` sessions that have been over for a day, and say how many."""


class ApiKeys(Protocol):
    """Keys for scripts."""

    async def add(self, key: ApiKey, *, most: int) -> None:
        """Store a new key; the user has `most` already: `Conflict` with code `too-many-keys`."""

    async def of(self, user_id: UUID) -> Sequence[ApiKey]:
        """The user's keys, newest first."""

    async def hashed(self, hash: bytes) -> ApiKey | None:
        """The key of that hash."""

    async def delete(self, user_id: UUID, id: UUID) -> bool:
        """Erase a key of the user; whether it was there."""


class Tokens(Protocol):
    """Signed access tokens."""

    @property
    def lifetime(self) -> timedelta:
        """How long a token is good for."""

    def issue(self, identity: Identity) -> str:
        """A token for that identity."""

    def read(self, token: str) -> Identity:
        """Whom a token speaks for; whatever is wrong with it: the same `NotAuthenticated`."""


class Passwords(Protocol):
    """Slow hashes, computed away from the event loop."""

    async def hash(self, password: Password) -> str:
        """A hash that holds its own parameters."""

    async def verify(self, password: Password | None, hash: str | None) -> bool:
        """Whether they fit; without one of them the same work is done and the answer is no."""

    def is_outdated(self, hash: str) -> bool:
        """Whether a hash made today would be stronger."""

    async def weakness(self, password: Password, username: Username) -> str | None:
        """Why the password is easy to guess, knowing the name; None when it is not."""
