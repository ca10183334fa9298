"""Sessions: what a login opens, and what its tokens refer to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one user; its tokens are good while it is."""

    id: UUID
    user_id: UUID
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    @classmethod
    def open(cls, id: UUID, user_id: UUID, now: datetime, lifetime: timedelta) -> "Session":
        """A session that begins now."""
        return cls(id, user_id, now, now + lifetime)

    def is_open(self, now: datetime) -> bool:
        """Whether its tokens are still good."""
        return self.ended_at is None and now < self.expires_at

    def end(self, now: datetime) -> "Session":
        """The session, over; ending it again changes nothing."""
        return self if self.ended_at else replace(self, ended_at=now)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request speaks for."""

    user_id: UUID
    session_id: UUID
