"""Sessions: what a login opens, and what its tokens refer to."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from jobproc.domain.errors import Refused
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.scopes import EVERY_SCOPE, Scope

# Two tabs that refresh at once are no thieves.
REUSE_GRACE = timedelta(seconds=10)
MOST_EXCHANGES = 10
# How long a session that is over is remembered, so that its tokens are told why they are refused.
MEMORY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one user; its tokens are good while it is.

    `refresh_hash` is that of the one refresh token that is good, whose number is `exchanges`: how many were spent
    before. `exchanged_at` has the times of the latest of them.
    """

    id: UUID
    user_id: UUID
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None
    refresh_hash: bytes | None = None
    exchanges: int = 0
    exchanged_at: tuple[datetime, ...] = ()

    @classmethod
    def open(
        cls, id: UUID, user_id: UUID, now: datetime, lifetime: timedelta, refresh_hash: bytes | None = None
    ) -> "Session":
        """A session that begins now."""
        return cls(id, user_id, now, now + lifetime, refresh_hash=refresh_hash)

    def is_open(self, now: datetime) -> bool:
        """Whether its tokens are still good."""
        return self.ended_at is None and now < self.expires_at

    def is_forgotten(self, now: datetime) -> bool:
        """Whether it has been over for so long that nobody needs to know of it."""
        over = min(self.expires_at, self.ended_at or self.expires_at)
        return over + MEMORY <= now

    def end(self, now: datetime) -> "Session":
        """The session, over; ending it again changes nothing."""
        return self if self.ended_at else replace(self, ended_at=now)

    def refresh(
        self, given: RefreshToken, fresh: RefreshToken, now: datetime, lifetime: timedelta
    ) -> "Session":
        """What a refresh token does to it.

        The good one is exchanged for `fresh`, and the lifetime begins anew. One that was spent ends the session,
        since two have it, unless it was spent a moment ago. Any other changes nothing.
        """
        if not self.is_open(now):
            return self
        if given.hash == self.refresh_hash:
            return replace(
                self,
                expires_at=now + lifetime,
                refresh_hash=fresh.hash,
                exchanges=self.exchanges + 1,
                exchanged_at=(*self.exchanged_at, now)[-MOST_EXCHANGES:],
            )
        return self.end(now) if self.has_spent(given) and not self._spent_lately(given, now) else self

    def has_spent(self, given: RefreshToken) -> bool:
        """Whether the token's turn is over."""
        return given.number < self.exchanges

    def _spent_lately(self, given: RefreshToken, now: datetime) -> bool:
        times = self.exchanged_at[given.number - self.exchanges :]
        is_known = self.exchanges - given.number <= len(self.exchanged_at)
        return is_known and now - times[0] <= REUSE_GRACE


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a request speaks for, and what it may do. An API key speaks without a session."""

    user_id: UUID
    session_id: UUID | None
    scopes: frozenset[Scope] = EVERY_SCOPE

    def require(self, scope: Scope) -> None:
        """`Refused` unless it may do that."""
        if scope in self.scopes:
            return
        if scope is Scope.ACCOUNT:
            detail = "API keys cannot manage accounts, sessions or keys. Log in for that."
        else:
            detail = f"The API key has not the scope {scope}. Make one that has."
        raise Refused(detail, code="insufficient-scope")
