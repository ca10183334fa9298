"""What every `Users`, `Sessions`, `ApiKeys` and `Clock` promises."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from jobproc.domain.api_keys import ApiKey
from jobproc.domain.errors import Conflict
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.scopes import Scope
from jobproc.domain.sessions import Session
from jobproc.domain.users import User, Username
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
HOUR = timedelta(hours=1)


def new_user(name: str = "ada") -> User:
    return User(uuid7(), Username.parse(name), "hash", NOW)


async def test_a_user_is_found_by_id_and_by_name(store: Store) -> None:
    user = new_user()
    await store.users.add(user)
    assert await store.users.get(user.id) == user
    assert await store.users.named(Username.parse("ADA")) == user


async def test_an_unknown_user_is_none(store: Store) -> None:
    assert await store.users.get(uuid7()) is None
    assert await store.users.named(Username.parse("nobody")) is None


async def test_a_name_is_taken_once_however_many_want_it(store: Store) -> None:
    users = [new_user() for _ in range(20)]
    answers = await asyncio.gather(*map(store.users.add, users), return_exceptions=True)
    refusals = [answer for answer in answers if answer is not None]
    assert len(refusals) == 19
    for refusal in refusals:
        assert isinstance(refusal, Conflict)
        assert refusal.code == "username-taken"


async def test_a_user_is_changed_with_the_stores_time(store: Store) -> None:
    user = new_user()
    await store.users.add(user)
    disabled = await store.users.change(user.id, User.disable)
    assert disabled
    assert disabled.disabled_at
    assert abs((disabled.disabled_at - await store.clock.now()).total_seconds()) < 5
    assert disabled == await store.users.get(user.id) == await store.users.named(user.username)
    assert await store.users.change(user.id, User.enable) == user
    assert await store.users.change(uuid7(), User.disable) is None


def lengthen(user: User, _: datetime) -> User:
    return replace(user, password_hash=user.password_hash + "+")


async def test_of_many_changes_of_a_user_at_once_none_is_lost(store: Store) -> None:
    user = new_user()
    await store.users.add(user)
    await asyncio.gather(*(store.users.change(user.id, lengthen) for _ in range(5)))
    found = await store.users.get(user.id)
    assert found
    assert found.password_hash == "hash+++++"


async def test_users_come_in_pages_in_the_order_of_their_ids(store: Store) -> None:
    users = [new_user(f"user-{number}") for number in range(5)]
    for user in users[::-1]:
        await store.users.add(user)
    first = await store.users.page(after=None, limit=3)
    rest = await store.users.page(after=first[-1].id, limit=3)
    assert [*first, *rest] == users
    assert not await store.users.page(after=rest[-1].id, limit=3)


async def test_a_session_reads_back_as_it_was(store: Store) -> None:
    session = Session.open(uuid7(), await store.owner(), NOW, timedelta(days=30))
    await store.sessions.add(session)
    assert await store.sessions.get(session.id) == session
    assert await store.sessions.get(uuid7()) is None


async def test_a_session_is_changed_with_the_stores_time(store: Store) -> None:
    session = Session.open(uuid7(), await store.owner(), NOW, timedelta(days=30))
    await store.sessions.add(session)
    ended = await store.sessions.change(session.id, Session.end)
    assert ended
    assert ended.ended_at
    assert abs((ended.ended_at - await store.clock.now()).total_seconds()) < 5
    assert ended == await store.sessions.get(session.id) == replace(session, ended_at=ended.ended_at)
    assert await store.sessions.change(uuid7(), Session.end) is None


async def open_session(store: Store, user_id: UUID | None = None) -> tuple[Session, RefreshToken]:
    token = RefreshToken(uuid7(), 0, b"s" * 32)
    now = await store.clock.now()
    session = Session.open(token.session_id, user_id or await store.owner(), now, HOUR, token.hash)
    await store.sessions.add(session)
    return session, token


def refreshing(given: RefreshToken, fresh: RefreshToken) -> Callable[[Session, datetime], Session]:
    return lambda session, now: session.refresh(given, fresh, now, HOUR)


async def test_a_refreshed_session_reads_back_as_it_was(store: Store) -> None:
    session, token = await open_session(store)
    fresh = token.next(b"f" * 32)
    changed = await store.sessions.change(session.id, refreshing(token, fresh))
    assert changed
    assert changed == await store.sessions.get(session.id)
    assert (changed.refresh_hash, changed.exchanges) == (fresh.hash, 1)
    assert changed.expires_at == changed.exchanged_at[0] + HOUR


async def test_of_many_who_refresh_with_one_token_at_once_one_wins(store: Store) -> None:
    session, token = await open_session(store)
    tokens = [token.next(bytes([number]) * 32) for number in range(8)]
    seen = await asyncio.gather(
        *(store.sessions.change(session.id, refreshing(token, fresh)) for fresh in tokens)
    )
    winners = [own for each, own in zip(seen, tokens, strict=True) if each and each.refresh_hash == own.hash]
    assert len(winners) == 1
    [stored] = {each.refresh_hash for each in seen if each}
    found = await store.sessions.get(session.id)
    assert found
    assert (found.refresh_hash, found.exchanges, found.ended_at) == (stored, 1, None)


async def test_a_spent_token_that_comes_back_later_ends_the_session(store: Store) -> None:
    session, token = await open_session(store)
    fresh = token.next(b"f" * 32)
    await store.sessions.change(session.id, refreshing(token, fresh))
    await store.pass_time(11)
    ended = await store.sessions.change(session.id, refreshing(token, token.next(b"t" * 32)))
    assert ended
    assert ended.ended_at


async def test_a_session_is_good_for_its_lifetime_after_the_latest_refresh(store: Store) -> None:
    session, token = await open_session(store)
    fresh = token.next(b"f" * 32)
    await store.pass_time(3599)
    assert await store.sessions.change(session.id, refreshing(token, fresh))
    await store.pass_time(3599)
    assert (await see(store, session)).is_open(await store.clock.now())
    await store.pass_time(2)
    assert not (await see(store, session)).is_open(await store.clock.now())


async def see(store: Store, session: Session) -> Session:
    found = await store.sessions.get(session.id)
    assert found
    return found


async def test_all_sessions_of_a_user_end_but_the_one_to_keep(store: Store) -> None:
    ada = await store.owner()
    kept, other, ended, foreign = [
        (await open_session(store, user))[0] for user in (ada, ada, ada, await store.owner())
    ]
    before = await store.sessions.change(ended.id, Session.end)
    await store.sessions.end_all(ada, keep=kept.id)
    assert (await see(store, other)).ended_at
    assert await store.sessions.get(ended.id) == before
    assert await store.sessions.get(kept.id) == kept
    await store.sessions.end_all(ada)
    assert (await see(store, kept)).ended_at
    assert await store.sessions.get(foreign.id) == foreign


async def test_sessions_are_forgotten_a_day_after_they_are_over(store: Store) -> None:
    sessions = [(await open_session(store))[0] for _ in range(4)]
    await store.sessions.change(sessions[0].id, Session.end)
    assert await store.sessions.purge(limit=10) == 0
    await store.pass_time(86_401)
    assert await store.sessions.purge(limit=10) == 1
    assert await store.sessions.get(sessions[0].id) is None
    await store.pass_time(3600)
    assert await store.sessions.purge(limit=2) == 2
    assert await store.sessions.purge(limit=2) == 1


def new_key(user_id: UUID, name: str = "script", **fields: Any) -> ApiKey:
    made: dict[str, Any] = {
        "scopes": frozenset({Scope.READ}),
        "hash": uuid4().bytes,
        "created_at": NOW,
    } | fields
    return ApiKey(uuid7(), user_id, name, **made)


async def test_a_key_is_found_by_its_hash_and_by_its_user(store: Store) -> None:
    ada = await store.owner()
    first = new_key(ada, "ünï ☂", scopes=frozenset({Scope.READ, Scope.WRITE}), expires_at=NOW + HOUR)
    second = new_key(ada)
    for key in (first, second, new_key(await store.owner())):
        await store.api_keys.add(key, most=2)
    assert await store.api_keys.hashed(first.hash) == first
    assert await store.api_keys.hashed(b"unknown") is None
    assert await store.api_keys.of(ada) == [second, first]


async def test_a_key_is_deleted_by_its_user_alone(store: Store) -> None:
    ada, bob = await store.owner(), await store.owner()
    key = new_key(ada)
    await store.api_keys.add(key, most=1)
    assert not await store.api_keys.delete(bob, key.id)
    assert not await store.api_keys.delete(ada, uuid7())
    assert await store.api_keys.delete(ada, key.id)
    assert not await store.api_keys.delete(ada, key.id)
    assert await store.api_keys.hashed(key.hash) is None
    assert await store.api_keys.of(ada) == []


async def test_a_user_has_no_more_keys_than_allowed_however_many_are_made_at_once(store: Store) -> None:
    ada = await store.owner()
    keys = [new_key(ada) for _ in range(8)]
    answers = await asyncio.gather(*(store.api_keys.add(key, most=3) for key in keys), return_exceptions=True)
    refusals = [answer for answer in answers if isinstance(answer, Conflict)]
    assert {refusal.code for refusal in refusals} == {"too-many-keys"}
    assert len(await store.api_keys.of(ada)) == 8 - len(refusals) == 3


async def test_the_clock_never_goes_back_and_speaks_utc(store: Store) -> None:
    times = [await store.clock.now() for _ in range(100)]
    assert times == sorted(times)
    assert times[0].utcoffset() == timedelta()


async def test_the_clock_is_never_ahead_of_the_store(store: Store) -> None:
    for _ in range(10):
        now = await store.clock.now()
        [job] = await store.add()
        [changed] = await store.jobs.change(job.owner, [job.id], lambda job, at: job.cancel(at))
        assert changed.finished_at
        assert now <= changed.finished_at
