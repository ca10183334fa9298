"""Sessions in Postgres."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, text, update

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.tables import sessions
from jobproc.domain.sessions import MEMORY, Session

_GET = select(sessions).where(sessions.c.id == bindparam("id"))
# Locked in one order, so that two of them wait for each other instead of blocking each other.
_END_ALL = text("""
UPDATE sessions SET ended_at = now() WHERE id IN (
    SELECT id FROM sessions
    WHERE user_id = :user_id AND ended_at IS NULL AND id IS DISTINCT FROM CAST(:keep AS uuid)
    ORDER BY id FOR UPDATE
)
""")
_PURGE = text("""
DELETE FROM sessions WHERE id IN (
    SELECT id FROM sessions
    WHERE LEAST(expires_at, ended_at) <= now() - CAST(:memory AS interval)
    ORDER BY LEAST(expires_at, ended_at) LIMIT :limit
    FOR UPDATE SKIP LOCKED
)
RETURNING id
""")


class PostgresSessions:
    """`Sessions` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> None:
        """Store a new session."""
        await self._database.run(insert(sessions).values(_to_row(session)))

    async def get(self, id: UUID) -> Session | None:
        """The session of that id, ended or not."""
        rows = await self._database.fetch(_GET, {"id": id})
        return _to_session(rows[0]) if rows else None

    async def change(self, id: UUID, change: Callable[[Session, datetime], Session]) -> Session | None:
        """Apply a pure function to it and store what it returns."""
        mine = sessions.c.id == id
        found = select(sessions, func.now().label("store_time")).where(mine).with_for_update()
        async with self._database.transaction() as connection:
            row = (await connection.execute(found)).first()
            if row is None:
                return None
            present = _to_session(row)
            changed = change(present, row.store_time)
            if changed != present:
                await connection.execute(update(sessions).where(mine).values(_to_row(changed)))
        return changed

    async def end_all(self, user_id: UUID, *, keep: UUID | None = None) -> None:
        """End the user's sessions, all but one."""
        await self._database.run(_END_ALL, {"user_id": user_id, "keep": keep})

    async def purge(self, *, limit: int) -> int:
        """Erase sessions that have been over for a day."""
        return len(await self._database.run(_PURGE, {"limit": limit, "memory": MEMORY}))


def _to_row(session: Session) -> dict[str, Any]:
    return asdict(session) | {"exchanged_at": list(session.exchanged_at)}


def _to_session(row: Any) -> Session:
    return Session(
        row.id,
        row.user_id,
        row.created_at,
        row.expires_at,
        row.ended_at,
        row.refresh_hash,
        row.exchanges,
        tuple(row.exchanged_at),
    )
