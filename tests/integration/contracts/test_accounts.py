"""What every `Users`, `Sessions` and `Clock` promises."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from jobproc.domain.errors import Conflict
from jobproc.domain.sessions import Session
from jobproc.domain.users import User, Username
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


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
