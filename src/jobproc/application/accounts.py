"""Who is there: registration, login, and what users may do to their accounts."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from jobproc.application.account_ports import Passwords, Sessions, Users
from jobproc.application.ports import Clock
from jobproc.application.rates import GuardLogins
from jobproc.application.sessions import OpenSession, Welcome
from jobproc.domain.errors import InvalidInput, NotAuthenticated, Refused
from jobproc.domain.sessions import Identity
from jobproc.domain.users import Password, User, Username, easy_to_guess, fold


@dataclass(frozen=True, slots=True)
class Register:
    """Make a user and log them in."""

    users: Users
    passwords: Passwords
    clock: Clock
    new_id: Callable[[], UUID]
    open_session: OpenSession
    is_open: bool = True

    async def __call__(self, username: str, password: str, *, take_weak: bool = False) -> Welcome:
        if not self.is_open:
            raise Refused(
                "Registration is closed. Ask whoever runs this service.", code="registration-closed"
            )
        name, secret = Username.parse(username), Password.parse(password)
        if not take_weak:
            await refuse_weak(self.passwords, secret, name, "/password")
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
        user, secret = await self._find(username), typed(password)
        await self.guard.begin(name)
        fits = await self.passwords.verify(secret, user.password_hash if user else None)
        if user is None or secret is None or not fits or user.disabled_at is not None:
            raise wrong_password("Invalid credentials")
        await self.guard.succeed(name)
        if self.passwords.is_outdated(user.password_hash):
            await self._renew_hash(user, secret)
        return await self.open_session(user)

    async def _find(self, username: str) -> User | None:
        try:
            return await self.users.named(Username.parse(username))
        except InvalidInput:
            return None

    async def _renew_hash(self, user: User, secret: Password) -> None:
        hashed = await self.passwords.hash(secret)
        await self.users.change(
            user.id, lambda user_now, _: user_now.exchange_hash(user.password_hash, hashed)
        )


@dataclass(frozen=True, slots=True)
class GetUser:
    """The user whom somebody speaks for."""

    users: Users

    async def __call__(self, identity: Identity) -> User:
        user = await self.users.get(identity.user_id)
        if user is None:
            raise NotAuthenticated("Invalid token")
        return user


@dataclass(frozen=True, slots=True)
class ChangePassword:
    """Put a new password in the place of the present one, and end all other sessions.

    Wrong present ones count as those of a login.
    """

    get_user: GetUser
    users: Users
    passwords: Passwords
    guard: GuardLogins
    sessions: Sessions

    async def __call__(self, identity: Identity, current: str, new: str) -> None:
        user, secret = await self.get_user(identity), Password.parse(new, "/new_password")
        await self._check(user, current)
        await refuse_weak(self.passwords, secret, user.username, "/new_password")
        await self._exchange(user, await self.passwords.hash(secret))
        await self.sessions.end_all(user.id, keep=identity.session_id)

    async def _check(self, user: User, current: str) -> None:
        await self.guard.begin(user.username.text)
        if not await self.passwords.verify(typed(current), user.password_hash):
            raise wrong_password("The current password is wrong.")
        await self.guard.succeed(user.username.text)

    async def _exchange(self, user: User, hashed: str) -> None:
        changed = await self.users.change(
            user.id, lambda user_now, _: user_now.exchange_hash(user.password_hash, hashed)
        )
        if changed is None or changed.password_hash != hashed:
            raise wrong_password("The current password was changed a moment ago.")


async def refuse_weak(passwords: Passwords, password: Password, username: Username, pointer: str) -> None:
    """A password that is easy to guess: `InvalidInput`."""
    reason = await passwords.weakness(password, username)
    if reason is not None:
        raise easy_to_guess(pointer, reason)


def typed(password: str) -> Password | None:
    """What somebody typed to be let in; None when nobody can have it."""
    try:
        return Password.parse(password)
    except InvalidInput:
        return None


def wrong_password(detail: str) -> NotAuthenticated:
    """The refusal of a password that is not the user's."""
    return NotAuthenticated(detail, code="invalid-credentials")
