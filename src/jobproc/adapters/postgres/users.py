"""Users in Postgres."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from jobproc.adapters.postgres import tables
from jobproc.adapters.postgres.database import Database
from jobproc.domain.errors import Conflict
from jobproc.domain.users import User, Username

_GET = select(tables.users).where(tables.users.c.id == bindparam("id"))
_NAMED = select(tables.users).where(tables.users.c.username == bindparam("name"))


class PostgresUsers:
    """`Users` in Postgres; the unique index decides whose a name is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, user: User) -> None:
        """Store a new user; a taken name is a `Conflict` with code `username-taken`."""
        try:
            await self._database.run(insert(tables.users).values(_to_row(user)))
        except IntegrityError:
            raise Conflict("Username already registered", code="username-taken") from None

    async def get(self, id: UUID) -> User | None:
        """The user of that id."""
        return _one(await self._database.fetch(_GET, {"id": id}))

    async def named(self, username: Username) -> User | None:
        """The user of that name."""
        return _one(await self._database.fetch(_NAMED, {"name": username.text}))

    async def page(self, *, after: UUID | None, limit: int) -> Sequence[User]:
        """At most `limit` users by their ids, from after that one on."""
        found = select(tables.users).order_by(tables.users.c.id).limit(limit)
        if after is not None:
            found = found.where(tables.users.c.id > after)
        return [_to_user(row) for row in await self._database.run(found)]

    async def change(self, id: UUID, change: Callable[[User, datetime], User]) -> User | None:
        """Apply a pure function to it and store what it returns."""
        mine = tables.users.c.id == id
        # Not the key, so that nobody who adds a job of this user waits.
        found = (
            select(tables.users, func.now().label("store_time")).where(mine).with_for_update(key_share=True)
        )
        async with self._database.transaction() as connection:
            row = (await connection.execute(found)).first()
            if row is None:
                return None
            changed = change(_to_user(row), row.store_time)
            await connection.execute(update(tables.users).where(mine).values(_to_row(changed)))
        return changed


def _to_row(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "username": user.username.text,
        "password_hash": user.password_hash,
        "created_at": user.created_at,
        "disabled_at": user.disabled_at,
    }


def _one(rows: Sequence[Any]) -> User | None:
    return _to_user(rows[0]) if rows else None


def _to_user(row: Any) -> User:
    return User(row.id, Username(row.username), row.password_hash, row.created_at, row.disabled_at)
