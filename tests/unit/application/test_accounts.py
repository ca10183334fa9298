"""Registration, login, and whom a token speaks for."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.clock import MemoryClock, utc_now
from jobproc.adapters.memory.rates import MemoryLoginAttempts
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.adapters.security.tokens import JwtTokens
from jobproc.application.accounts import Authenticate, Login, OpenSession, Register
from jobproc.application.rates import GuardLogins
from jobproc.domain.errors import Conflict, InvalidInput, NotAuthenticated, TooMany
from jobproc.domain.rates import FREE_FAILURES
from jobproc.domain.sessions import Identity, Session
from jobproc.domain.users import Password, Username

pytestmark = pytest.mark.anyio

PASSWORD = "correct-horse-9"


@dataclass
class PlainPasswords:
    """Fast, and tells how often it was asked."""

    asked: int = 0

    async def hash(self, password: Password) -> str:
        return f"hash of {password.secret}"

    async def verify(self, password: str, hash: str | None) -> bool:
        self.asked += 1
        return hash == f"hash of {password}"


class House:
    """The use-cases of accounts over memory."""

    def __init__(self) -> None:
        self.ahead = timedelta()
        clock = MemoryClock(lambda: utc_now() + self.ahead)
        self.users, self.sessions, self.passwords = MemoryUsers(), MemorySessions(clock), PlainPasswords()
        self.tokens = JwtTokens({"kid": "s" * 32}, timedelta(hours=1))
        open_session = OpenSession(self.sessions, self.tokens, clock, uuid7, timedelta(days=30))
        self.register = Register(self.users, self.passwords, clock, uuid7, open_session)
        self.guard = GuardLogins(MemoryLoginAttempts(lambda: self.ahead.total_seconds()))
        self.login = Login(self.users, self.passwords, self.guard, open_session)
        self.authenticate = Authenticate(self.tokens, self.sessions, clock)


async def test_who_registers_is_logged_in() -> None:
    house = House()
    before = utc_now()
    welcome = await house.register("Ada", PASSWORD)
    assert before <= welcome.user.created_at <= utc_now()
    identity = await house.authenticate(welcome.access_token)
    assert identity.user_id == welcome.user.id
    assert welcome.user.username == Username("ada")
    assert welcome.expires_in == 3600
    assert await house.sessions.get(identity.session_id)


async def test_a_password_is_kept_as_its_hash_only() -> None:
    house = House()
    user = (await house.register("ada", PASSWORD)).user
    assert user.password_hash == f"hash of {PASSWORD}"
    assert PASSWORD not in repr(user)


async def test_a_taken_name_is_refused() -> None:
    house = House()
    await house.register("ada", PASSWORD)
    with pytest.raises(Conflict, match="Username already registered"):
        await house.register("ADA", PASSWORD)


async def test_wrong_names_and_passwords_are_refused_by_their_field() -> None:
    with pytest.raises(InvalidInput, match="username"):
        await House().register("a b", PASSWORD)
    with pytest.raises(InvalidInput, match="password"):
        await House().register("ada", "short")


async def test_each_login_opens_a_session_of_its_own() -> None:
    house = House()
    first = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    second = await house.authenticate((await house.login("ADA", PASSWORD)).access_token)
    assert first.user_id == second.user_id
    assert first.session_id != second.session_id


@pytest.mark.parametrize(
    ("username", "password"), [("ada", "wrong-horse-9"), ("nobody", PASSWORD), ("a b", PASSWORD), ("ada", "")]
)
async def test_every_failed_login_is_the_same_and_does_the_same_work(username: str, password: str) -> None:
    house = House()
    await house.register("ada", PASSWORD)
    with pytest.raises(NotAuthenticated) as refusal:
        await house.login(username, password)
    assert (refusal.value.detail, refusal.value.code) == ("Invalid credentials", "invalid-credentials")
    assert house.passwords.asked == 1


async def test_a_disabled_user_does_not_get_in() -> None:
    house = House()
    user = (await house.register("ada", PASSWORD)).user
    house.users._by_name[user.username] = replace(user, disabled_at=utc_now())
    with pytest.raises(NotAuthenticated, match="Invalid credentials"):
        await house.login("ada", PASSWORD)


async def test_a_token_is_good_no_longer_than_its_session() -> None:
    house = House()
    token = (await house.register("ada", PASSWORD)).access_token
    house.ahead = timedelta(days=31)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(token)


async def test_a_token_for_an_unknown_session_is_refused() -> None:
    house = House()
    with pytest.raises(NotAuthenticated, match=r"^Invalid token$"):
        await house.authenticate(house.tokens.issue(Identity(uuid7(), uuid7())))


async def test_a_token_for_the_session_of_somebody_else_is_refused() -> None:
    house = House()
    identity = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(house.tokens.issue(replace(identity, user_id=uuid7())))


async def test_the_token_of_an_ended_session_is_refused() -> None:
    house = House()
    token = (await house.register("ada", PASSWORD)).access_token
    await house.sessions.change((await house.authenticate(token)).session_id, Session.end)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(token)


async def test_after_many_wrong_passwords_even_the_right_one_has_to_wait_and_no_hash_is_made() -> None:
    house = House()
    await house.register("ada", PASSWORD)
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotAuthenticated):
            await house.login("Ada", "wrong-horse-9")
    asked = house.passwords.asked
    with pytest.raises(TooMany) as refusal:
        await house.login("ada", PASSWORD)
    assert (refusal.value.retry_after, house.passwords.asked) == (1, asked)
    house.ahead = timedelta(seconds=1)
    await house.login("ada", PASSWORD)
    with pytest.raises(NotAuthenticated):
        await house.login("ada", "wrong-horse-9")


@pytest.mark.parametrize("name", ["nobody", "a b", "x" * 1000])
async def test_names_that_nobody_has_are_slowed_down_alike(name: str) -> None:
    house = House()
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotAuthenticated):
            await house.login(name, PASSWORD)
    with pytest.raises(TooMany):
        await house.login(name, PASSWORD)
