"""Sessions: opened by a login, kept open by refreshing, ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from jobproc.application.account_ports import Sessions, Tokens, Users
from jobproc.application.ports import Clock
from jobproc.domain.errors import NotAuthenticated
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.sessions import Identity, Session
from jobproc.domain.users import User


@dataclass(frozen=True, slots=True)
class Welcome:
    """A user with the tokens of a session, and the seconds that the access token is good for."""

    user: User
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_in: int


@dataclass(frozen=True, slots=True)
class GiveTokens:
    """A new access token of a session, beside its refresh token."""

    tokens: Tokens

    def __call__(self, user: User, refresh: RefreshToken) -> Welcome:
        access = self.tokens.issue(Identity(user.id, refresh.session_id))
        return Welcome(user, access, refresh.text, int(self.tokens.lifetime.total_seconds()))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session for a user who has proved to be one."""

    sessions: Sessions
    clock: Clock
    new_id: Callable[[], UUID]
    new_secret: Callable[[], bytes]
    lifetime: timedelta
    give_tokens: GiveTokens

    async def __call__(self, user: User) -> Welcome:
        refresh = RefreshToken(self.new_id(), 0, self.new_secret())
        now = await self.clock.now()
        await self.sessions.add(Session.open(refresh.session_id, user.id, now, self.lifetime, refresh.hash))
        return self.give_tokens(user, refresh)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for a new pair; of several who do so at once, one gets it."""

    sessions: Sessions
    users: Users
    new_secret: Callable[[], bytes]
    lifetime: timedelta
    give_tokens: GiveTokens

    async def __call__(self, text: str) -> Welcome:
        given = RefreshToken.parse(text)
        user = await self._user_of(given)
        fresh = given.next(self.new_secret())
        session = await self.sessions.change(
            given.session_id, lambda session, now: session.refresh(given, fresh, now, self.lifetime)
        )
        if session is None or session.refresh_hash != fresh.hash:
            raise _refusal(session, given)
        return self.give_tokens(user, fresh)

    async def _user_of(self, given: RefreshToken) -> User:
        session = await self.sessions.get(given.session_id)
        user = await self.users.get(session.user_id) if session else None
        if user is None or user.disabled_at is not None:
            raise _refusal(session, given)
        return user


def _refusal(session: Session | None, given: RefreshToken) -> NotAuthenticated:
    if session and session.has_spent(given):
        return NotAuthenticated("This refresh token was used before.", code="refresh-reused")
    return NotAuthenticated("The session is over. Log in again.")


@dataclass(frozen=True, slots=True)
class Logout:
    """End the session that somebody speaks through."""

    sessions: Sessions

    async def __call__(self, identity: Identity) -> None:
        if identity.session_id:
            await self.sessions.change(identity.session_id, Session.end)


@dataclass(frozen=True, slots=True)
class LogoutEverywhere:
    """End all sessions of a user."""

    sessions: Sessions

    async def __call__(self, user_id: UUID) -> None:
        await self.sessions.end_all(user_id)
