"""Sessions in Postgres."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from jobproc.adapters.postgres.database import Database
from jobproc.adapters.postgres.tables import sessions
from jobproc.domain.sessions import Session


class PostgresSessions:
    """`Sessions` in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, session: Session) -> None:
        """Store a new session."""
        await self._database.run(insert(sessions).values(asdict(session)))

    async def get(self, id: UUID) -> Session | None:
        """The session of that id, ended or not."""
        rows = await self._database.run(select(sessions).where(sessions.c.id == id))
        return Session(*tuple(rows[0])) if rows else None

    async def change(self, id: UUID, change: Callable[[Session, datetime], Session]) -> Session | None:
        """Apply a pure function to it and store what it returns."""
        mine = sessions.c.id == id
        async with self._database.transaction() as connection:
            found = (
                await connection.execute(select(sessions, func.now()).where(mine).with_for_update())
            ).first()
            if found is None:
                return None
            *fields, now = found
            changed = change(Session(*fields), now)
            await connection.execute(update(sessions).where(mine).values(asdict(changed)))
        return changed
