"""Whom a request speaks for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from jobproc.application.account_ports import Tokens, Users
from jobproc.application.ports import Clock
from jobproc.application.recent import Recent
from jobproc.domain.api_keys import PREFIX, ApiKey, hash_of
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.sessions import Identity, Session


class Owned(Protocol):
    """What belongs to a user."""

    @property
    def user_id(self) -> UUID:
        """Whose it is."""


K = TypeVar("K")
Mine = TypeVar("Mine", bound=Owned)


@dataclass(frozen=True, slots=True)
class OfEnabled(Generic[K, Mine]):
    """What `find` finds by a key; None as well while its user is disabled."""

    find: Callable[[K], Awaitable[Mine | None]]
    users: Users

    async def __call__(self, key: K) -> Mine | None:
        found = await self.find(key)
        user = found and await self.users.get(found.user_id)
        return found if user and user.disabled_at is None else None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Whom an access token or an API key speaks for, while it is good and its user is not disabled.

    What the store says of it may be a few seconds old, so that a request costs no question: whatever lasts may ask
    again as often as it likes. What belongs to a disabled user is not there (`OfEnabled`).
    """

    tokens: Tokens
    clock: Clock
    sessions: Recent[UUID, Session]
    api_keys: Recent[bytes, ApiKey]

    async def __call__(self, token: str) -> Identity:
        return await (self._of_key(token) if token.startswith(PREFIX) else self._of_session(token))

    async def _of_session(self, token: str) -> Identity:
        identity = self.tokens.read(token)
        session = identity.session_id and await self.sessions(identity.session_id)
        if not session or session.user_id != identity.user_id or not session.is_open(await self.clock.now()):
            raise _invalid()
        return identity

    async def _of_key(self, text: str) -> Identity:
        key = await self.api_keys(hash_of(text))
        if key is None or not key.is_good(await self.clock.now()):
            raise _invalid()
        return Identity(key.user_id, None, key.scopes)


def _invalid() -> NotAuthenticated:
    return NotAuthenticated("Invalid token")
