"""API keys in Postgres."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, insert, select

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.tables import api_keys, users
from jobproc.domain.api_keys import ApiKey
from jobproc.domain.errors import Conflict
from jobproc.domain.scopes import Scope

_OF = select(api_keys).where(api_keys.c.user_id == bindparam("user_id")).order_by(api_keys.c.id.desc())
_HASHED = select(api_keys).where(api_keys.c.hash == bindparam("hash"))


class PostgresApiKeys:
    """`ApiKeys` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, key: ApiKey, *, most: int) -> None:
        """Store a new key; the user has `most` already: `Conflict` with code `too-many-keys`."""
        theirs = api_keys.c.user_id == key.user_id
        # Keys of one user are made one after the other, or several at once would all see room.
        owner = select(users.c.id).where(users.c.id == key.user_id).with_for_update(key_share=True)
        async with self._database.transaction() as connection:
            await connection.execute(owner)
            count = await connection.execute(select(func.count()).select_from(api_keys).where(theirs))
            if count.scalar_one() >= most:
                raise Conflict(f"You have {most} API keys. Delete one first.", code="too-many-keys")
            await connection.execute(insert(api_keys).values(_to_row(key)))

    async def of(self, user_id: UUID) -> Sequence[ApiKey]:
        """The user's keys, newest first."""
        return list(map(_to_key, await self._database.fetch(_OF, {"user_id": user_id})))

    async def hashed(self, hash: bytes) -> ApiKey | None:
        """The key of that hash."""
        rows = await self._database.fetch(_HASHED, {"hash": hash})
        return _to_key(rows[0]) if rows else None

    async def delete(self, user_id: UUID, id: UUID) -> bool:
        """Erase a key of the user; whether it was there."""
        mine = (api_keys.c.id == id) & (api_keys.c.user_id == user_id)
        return bool(await self._database.run(delete(api_keys).where(mine).returning(api_keys.c.id)))


def _to_row(key: ApiKey) -> dict[str, Any]:
    return asdict(key) | {"scopes": sorted(key.scopes)}


def _to_key(row: Any) -> ApiKey:
    scopes = frozenset(map(Scope, row.scopes))
    return ApiKey(row.id, row.user_id, row.name, scopes, row.hash, row.created_at, row.expires_at)
