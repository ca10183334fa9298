"""API keys: made, listed, erased by their user."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from jobproc.application.account_ports import ApiKeys
from jobproc.application.ports import Clock
from jobproc.domain.api_keys import MOST_KEYS, ApiKey, hash_of, key_text
from jobproc.domain.errors import NotFound
from jobproc.domain.scopes import Scope


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key with its text, which nobody sees again."""

    key: ApiKey
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class MakeApiKey:
    """Make a key; a user has at most 100."""

    api_keys: ApiKeys
    clock: Clock
    new_id: Callable[[], UUID]
    new_secret: Callable[[], bytes]

    async def __call__(
        self, user_id: UUID, name: str, scopes: Collection[Scope], expires_at: datetime | None
    ) -> NewKey:
        text, now = key_text(self.new_secret()), await self.clock.now()
        key = ApiKey(self.new_id(), user_id, name, frozenset(scopes), hash_of(text), now, expires_at)
        await self.api_keys.add(key, most=MOST_KEYS)
        return NewKey(key, text)


@dataclass(frozen=True, slots=True)
class ListApiKeys:
    """A user's keys, newest first."""

    api_keys: ApiKeys

    async def __call__(self, user_id: UUID) -> Sequence[ApiKey]:
        return await self.api_keys.of(user_id)


@dataclass(frozen=True, slots=True)
class DeleteApiKey:
    """Erase a key of a user."""

    api_keys: ApiKeys

    async def __call__(self, user_id: UUID, id: UUID) -> None:
        if not await self.api_keys.delete(user_id, id):
            raise NotFound("API key not found")
