"""Who is there: registration, login, and whom a token speaks for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from jobproc.application.ports import Clock, Passwords, Sessions, Tokens, Users
from jobproc.application.rates import GuardLogins
from jobproc.domain.errors import InvalidInput, NotAuthenticated
from jobproc.domain.sessions import Identity, Session
from jobproc.domain.users import Password, User, Username, fold


@dataclass(frozen=True, slots=True)
class Welcome:
    """A user with a new session's access token, and the seconds it is good for."""

    user: User
    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class OpenSession:
    """Open a session for a user who has proved to be one."""

    sessions: Sessions
    tokens: Tokens
    clock: Clock
    new_id: Callable[[], UUID]
    lifetime: timedelta

    async def __call__(self, user: User) -> Welcome:
        session = Session.open(self.new_id(), user.id, await self.clock.now(), self.lifetime)
        await self.sessions.add(session)
        token = self.tokens.issue(Identity(user.id, session.id))
        return Welcome(user, token, int(self.tokens.lifetime.total_seconds()))


@dataclass(frozen=True, slots=True)
class Register:
    """Make a user and log them in."""

    users: Users
    passwords: Passwords
    clock: Clock
    new_id: Callable[[], UUID]
    open_session: OpenSession

    async def __call__(self, username: str, password: str) -> Welcome:
        name, secret = Username.parse(username), Password.parse(password)
        hashed = await self.passwords.hash(secret)
        user = User(self.new_id(), name, hashed, await self.clock.now())
        await self.users.add(user)
        return await self.open_session(user)


@dataclass(frozen=True, slots=True)
class Login:
    """Open a session for a name and its password; every failure is the same, and takes as long.

    After many failures for one name it is `TooMany`, whoever has the name.
    """

    users: Users
    passwords: Passwords
    guard: GuardLogins
    open_session: OpenSession

    async def __call__(self, username: str, password: str) -> Welcome:
        name = fold(username)
        user = await self._find(username)
        await self.guard.begin(name)
        fits = await self.passwords.verify(password, user.password_hash if user else None)
        if user is None or not fits or user.disabled_at is not None:
            raise NotAuthenticated("Invalid credentials", code="invalid-credentials")
        await self.guard.succeed(name)
        return await self.open_session(user)

    async def _find(self, username: str) -> User | None:
        try:
            return await self.users.named(Username.parse(username))
        except InvalidInput:
            return None


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Whom an access token speaks for, while its session is open."""

    tokens: Tokens
    sessions: Sessions
    clock: Clock

    async def __call__(self, token: str) -> Identity:
        identity = self.tokens.read(token)
        session = await self.sessions.get(identity.session_id)
        if (
            session is None
            or session.user_id != identity.user_id
            or not session.is_open(await self.clock.now())
        ):
            raise NotAuthenticated("Invalid token")
        return identity
