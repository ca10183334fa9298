"""API keys in a dictionary."""

from collections.abc import Sequence
from uuid import UUID

from jobproc.domain.api_keys import ApiKey
from jobproc.domain.errors import Conflict


class MemoryApiKeys:
    """`ApiKeys` that are gone with the process."""

    def __init__(self) -> None:
        self._by_id: dict[UUID, ApiKey] = {}
        self._by_hash: dict[bytes, ApiKey] = {}

    async def add(self, key: ApiKey, *, most: int) -> None:
        """Store a new key; the user has `most` already: `Conflict` with code `too-many-keys`."""
        if len(await self.of(key.user_id)) >= most:
            raise Conflict(f"You have {most} API keys. Delete one first.", code="too-many-keys")
        self._by_id[key.id] = self._by_hash[key.hash] = key

    async def of(self, user_id: UUID) -> Sequence[ApiKey]:
        """The user's keys, newest first."""
        theirs = [key for key in self._by_id.values() if key.user_id == user_id]
        return sorted(theirs, key=lambda key: key.id, reverse=True)

    async def hashed(self, hash: bytes) -> ApiKey | None:
        """The key of that hash."""
        return self._by_hash.get(hash)

    async def delete(self, user_id: UUID, id: UUID) -> bool:
        """Erase a key of the user; whether it was there."""
        if id not in self._by_id or self._by_id[id].user_id != user_id:
            return False
        del self._by_hash[self._by_id.pop(id).hash]
        return True
