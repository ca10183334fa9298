"""Registration, login, sessions and keys, and whom a token speaks for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.clock import utc_now
from jobproc.application.accounts import GetUser, Register
from jobproc.domain.errors import (
    Conflict,
    Fault,
    InvalidInput,
    NotAuthenticated,
    NotFound,
    Refused,
    TooMany,
)
from jobproc.domain.rates import FREE_FAILURES
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.scopes import Scope
from jobproc.domain.sessions import Identity
from jobproc.domain.users import User, Username
from tests.unit.application.accounts import PASSWORD, House

pytestmark = pytest.mark.anyio


async def test_who_registers_is_logged_in() -> None:
    house = House()
    before = utc_now()
    welcome = await house.register("Ada", PASSWORD)
    assert before <= welcome.user.created_at <= utc_now()
    identity = await house.authenticate(welcome.access_token)
    assert identity.user_id == welcome.user.id
    assert welcome.user.username == Username("ada")
    assert welcome.expires_in == 3600
    assert identity.session_id
    assert await house.sessions.get(identity.session_id)


async def test_a_password_is_kept_as_its_hash_only() -> None:
    house = House()
    user = (await house.register("ada", PASSWORD)).user
    assert user.password_hash == f"1: {PASSWORD}"
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
    await house.users.change(user.id, User.disable)
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
    welcome = await house.register("ada", PASSWORD)
    await house.logout(house.tokens.read(welcome.access_token))
    with pytest.raises(NotAuthenticated):
        await house.authenticate(welcome.access_token)


async def test_who_was_seen_a_moment_ago_costs_no_look_into_the_store() -> None:
    house = House()
    token = (await house.register("ada", PASSWORD)).access_token
    identity = await house.authenticate(token)
    await house.logout(identity)
    assert await house.authenticate(token) == identity
    house.pass_moments()
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
    assert refusal.value.detail == "Too many wrong passwords for this name. Try again in 1 s."
    assert (refusal.value.retry_after, house.passwords.asked) == (1, asked)
    assert refusal.value.detail == "Too many wrong passwords for this name. Try again in 1 s."
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


async def test_a_disabled_user_is_out_by_every_way_and_comes_back() -> None:
    house = House()
    welcome = await house.register("ada", PASSWORD)
    key = await house.make_api_key(welcome.user.id, "script", [Scope.READ], None)
    await house.disable_user("ADA")
    for token in (welcome.access_token, key.text):
        with pytest.raises(NotAuthenticated, match="Invalid token"):
            await house.authenticate(token)
    with pytest.raises(NotAuthenticated):
        await house.refresh(welcome.refresh_token)
    await house.enable_user("ada")
    house.pass_moments()
    for token in (welcome.access_token, key.text):
        assert (await house.authenticate(token)).user_id == welcome.user.id
    await house.refresh(welcome.refresh_token)


async def test_where_registration_is_closed_nobody_registers() -> None:
    house = House()
    closed = Register(house.users, house.passwords, house.clock, uuid7, house.open_session, is_open=False)
    told = r"^Registration is closed\. Ask whoever runs this service\.$"
    with pytest.raises(Refused, match=told) as refusal:
        await closed("ada", PASSWORD)
    assert refusal.value.code == "registration-closed"


async def test_a_weak_password_is_refused_unless_it_is_to_be_taken() -> None:
    house = House()
    with pytest.raises(InvalidInput) as refusal:
        await house.register("ada", "weak-password")
    assert [(fault.pointer, fault.code) for fault in refusal.value.faults] == [("/password", "weak")]
    await house.register("ada", "weak-password", take_weak=True)


async def test_a_login_renews_a_hash_that_is_outdated() -> None:
    house = House()
    user = (await house.register("ada", PASSWORD)).user
    house.passwords.generation = 2
    await house.login("ada", PASSWORD)
    renewed = await house.users.get(user.id)
    assert renewed
    assert renewed.password_hash == f"2: {PASSWORD}"
    await house.login("ada", PASSWORD)


async def test_a_login_takes_every_spelling_of_the_characters() -> None:
    house = House()
    await house.register("ada", "caf\u00e9-horse-9")
    await house.login("ada", "cafe\u0301-horse-9")


async def test_a_changed_password_ends_the_other_sessions_only() -> None:
    house = House()
    here, there = await house.register("ada", PASSWORD), await house.login("ada", PASSWORD)
    identity = await house.authenticate(here.access_token)
    await house.change_password(identity, PASSWORD, "battery-staple-7")
    house.pass_moments()
    await house.authenticate(here.access_token)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(there.access_token)
    with pytest.raises(NotAuthenticated):
        await house.refresh(there.refresh_token)
    with pytest.raises(NotAuthenticated):
        await house.login("ada", PASSWORD)
    await house.login("ada", "battery-staple-7")


async def test_who_tries_to_guess_the_current_password_has_to_wait() -> None:
    house = House()
    identity = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    for _ in range(FREE_FAILURES):
        with pytest.raises(NotAuthenticated):
            await house.change_password(identity, "wrong-horse-9", "battery-staple-7")
    with pytest.raises(TooMany):
        await house.change_password(identity, PASSWORD, "battery-staple-7")
    house.ahead = timedelta(seconds=1)
    await house.change_password(identity, PASSWORD, "battery-staple-7")


async def test_a_password_is_changed_by_who_knows_it_to_one_that_is_good() -> None:
    house = House()
    identity = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    with pytest.raises(NotAuthenticated, match=r"^The current password is wrong\.$") as wrong:
        await house.change_password(identity, "wrong-horse-9", "battery-staple-7")
    assert wrong.value.code == "invalid-credentials"
    for new in ("short", "weak-password"):
        with pytest.raises(InvalidInput) as refusal:
            await house.change_password(identity, PASSWORD, new)
        assert refusal.value.faults[0].pointer == "/new_password"
    await house.login("ada", PASSWORD)


async def test_a_password_that_has_the_name_in_it_is_refused_by_its_field() -> None:
    house = House()
    identity = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    told = "Too easy to guess. It says so."
    for pointer, asked in (
        ("/new_password", house.change_password(identity, PASSWORD, "ada-lovelace-9")),
        ("/password", house.register("bob", "bobs-horse-9")),
    ):
        with pytest.raises(InvalidInput) as refusal:
            await asked
        assert refusal.value.faults == (Fault(pointer, "weak", told),)


async def test_who_is_no_longer_there_is_nobody() -> None:
    with pytest.raises(NotAuthenticated, match=r"^Invalid token$"):
        await GetUser(House().users)(Identity(uuid7(), None))


async def test_nobody_of_an_unknown_name_is_disabled_or_enabled() -> None:
    house = House()
    for switch in (house.disable_user, house.enable_user):
        with pytest.raises(NotFound, match=r"^There is no user of that name\.$"):
            await switch("nobody")


async def test_of_two_changes_of_a_password_at_once_one_is_made() -> None:
    house = House()
    identity = await house.authenticate((await house.register("ada", PASSWORD)).access_token)
    house.passwords.meanwhile = lambda: house.users.change(
        identity.user_id, lambda user, _: replace(user, password_hash="1: changed-elsewhere")
    )
    with pytest.raises(NotAuthenticated, match=r"^The current password was changed a moment ago\.$"):
        await house.change_password(identity, PASSWORD, "battery-staple-7")


async def test_a_refresh_token_is_good_once() -> None:
    house = House()
    welcome = await house.register("ada", PASSWORD)
    house.ahead = timedelta(days=29)
    second = await house.refresh(welcome.refresh_token)
    assert second.user == welcome.user
    house.ahead = timedelta(days=58)
    third = await house.refresh(second.refresh_token)
    assert await house.authenticate(third.access_token) == await house.authenticate(welcome.access_token)
    with pytest.raises(NotAuthenticated, match=r"^This refresh token was used before\.$") as refusal:
        await house.refresh(second.refresh_token)
    assert refusal.value.code == "refresh-reused"


async def test_a_spent_refresh_token_that_comes_back_ends_the_session() -> None:
    house = House()
    first = await house.register("ada", PASSWORD)
    second = await house.refresh(first.refresh_token)
    house.ahead = timedelta(seconds=11)
    for token in (first.refresh_token, second.refresh_token):
        with pytest.raises(NotAuthenticated):
            await house.refresh(token)
    with pytest.raises(NotAuthenticated):
        await house.authenticate(second.access_token)


async def test_a_spent_refresh_token_that_comes_back_at_once_ends_nothing() -> None:
    house = House()
    first = await house.register("ada", PASSWORD)
    second = await house.refresh(first.refresh_token)
    third = await house.refresh(second.refresh_token)
    house.ahead = timedelta(seconds=9)
    for token in (first.refresh_token, second.refresh_token):
        with pytest.raises(NotAuthenticated) as refusal:
            await house.refresh(token)
        assert refusal.value.code == "refresh-reused"
    await house.refresh(third.refresh_token)


@pytest.mark.parametrize("token", ["", "abc", "x" * 70, "x" * 100_000, "é" * 70, "_" * 70, "-" * 70])
async def test_what_is_no_refresh_token_is_refused(token: str) -> None:
    with pytest.raises(NotAuthenticated):
        await House().refresh(token)


async def test_a_session_that_is_over_cannot_be_refreshed() -> None:
    house = House()
    welcome = await house.register("ada", PASSWORD)
    house.ahead = timedelta(days=30)
    unknown = RefreshToken(uuid7(), 0, bytes(32)).text
    for token in (welcome.refresh_token, unknown):
        with pytest.raises(NotAuthenticated, match=r"^The session is over\. Log in again\.$") as refusal:
            await house.refresh(token)
        assert refusal.value.code == "not-authenticated"


async def test_a_spent_token_of_a_disabled_user_is_refused_as_a_spent_one() -> None:
    house = House()
    spent = await house.register("ada", PASSWORD)
    await house.refresh(spent.refresh_token)
    await house.disable_user("ada")
    with pytest.raises(NotAuthenticated) as refusal:
        await house.refresh(spent.refresh_token)
    assert refusal.value.code == "refresh-reused"


async def test_logging_out_everywhere_ends_every_session() -> None:
    house = House()
    welcomes = [await house.register("ada", PASSWORD), await house.login("ada", PASSWORD)]
    bob = await house.register("bob", PASSWORD)
    await house.logout_everywhere(welcomes[0].user.id)
    for welcome in welcomes:
        with pytest.raises(NotAuthenticated):
            await house.authenticate(welcome.access_token)
    await house.authenticate(bob.access_token)


async def test_an_api_key_speaks_for_its_user_within_its_scopes_until_it_is_over() -> None:
    house = House()
    ada = (await house.register("ada", PASSWORD)).user
    until = await house.clock.now() + timedelta(hours=1)
    made = await house.make_api_key(ada.id, "script", [Scope.READ], until)
    identity = await house.authenticate(made.text)
    assert identity == Identity(ada.id, None, frozenset({Scope.READ}))
    identity.require(Scope.READ)
    for scope in (Scope.WRITE, Scope.ACCOUNT):
        with pytest.raises(Refused) as refusal:
            identity.require(scope)
        assert refusal.value.code == "insufficient-scope"
    assert made.text not in repr(made)
    house.ahead = timedelta(hours=1)
    with pytest.raises(NotAuthenticated, match="Invalid token"):
        await house.authenticate(made.text)


async def test_a_key_is_stored_as_it_was_named() -> None:
    house = House()
    ada = uuid7()
    made = [await house.make_api_key(ada, name, [Scope.READ], None) for name in ("one", "two")]
    stored = await house.api_keys.of(ada)
    assert stored == [new.key for new in reversed(made)]
    assert [key.name for key in stored] == ["two", "one"]


async def test_an_api_key_that_would_be_over_already_is_refused_by_its_field() -> None:
    house = House()
    now = await house.clock.now()
    with pytest.raises(InvalidInput) as refusal:
        await house.make_api_key(uuid7(), "script", [Scope.READ], now - timedelta(seconds=1))
    assert refusal.value.faults[0].pointer == "/expires_at"


async def test_no_welcome_shows_its_tokens() -> None:
    welcome = await House().register("ada", PASSWORD)
    assert welcome.access_token not in repr(welcome)
    assert welcome.refresh_token not in repr(welcome)
