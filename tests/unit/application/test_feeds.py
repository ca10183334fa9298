"""Who follows all of their jobs misses nothing, or is told so."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application import feeds
from jobproc.application.events import Hint, Subscription
from jobproc.application.feeds import LINGER_SECONDS, MEMORY, RESET, Entry, Feed, FollowJobs
from jobproc.application.following import Advance, Change
from jobproc.domain.errors import Unavailable
from jobproc.domain.jobs import Job, JobStatus, Progress
from tests.unit.application.memory import OWNER, House
from tests.unit.application.test_engine import until

pytestmark = pytest.mark.anyio

ADVANCE = Advance(UUID(int=7), 2, Progress(1))


class AwayJobs(MemoryJobs):
    """A store that cannot be read."""

    async def get(self, owner: UUID, ids: Sequence[UUID], **how: Any) -> Sequence[Job]:
        raise Unavailable("away")


class Reader:
    """Reads as a stream does; what it is given first is a beat."""

    def __init__(self, follow: FollowJobs, after: str | None = None, owner: UUID = OWNER) -> None:
        self.entries = follow(owner, after=after)

    async def begin(self) -> "Reader":
        assert await anext(self.entries) is None
        # From here on the stream waits for what comes next, as it would between two reads.
        self.waiting = asyncio.ensure_future(self._next())
        await asyncio.sleep(0)
        return self

    async def next(self) -> Entry:
        entry = await asyncio.wait_for(self.waiting, 5)
        self.waiting = asyncio.ensure_future(self._next())
        await asyncio.sleep(0)
        return entry

    async def leave(self) -> None:
        self.waiting.cancel()
        await asyncio.wait([self.waiting])
        await self.entries.aclose()

    async def _next(self) -> Entry:
        while (entry := await anext(self.entries)) is None:
            pass
        return entry


@asynccontextmanager
async def reading(follow: FollowJobs, after: str | None = None, owner: UUID = OWNER) -> AsyncIterator[Reader]:
    reader = await Reader(follow, after, owner).begin()
    try:
        yield reader
    finally:
        await reader.leave()


def status(entry: Entry) -> tuple[UUID, JobStatus]:
    assert isinstance(entry.news, Change)
    return entry.news.job.id, entry.news.step.status


def grown(count: int) -> Feed:
    feed = Feed()
    feed.extend([ADVANCE] * count)
    return feed


async def test_a_reader_is_told_of_all_of_the_owners_jobs_from_now_on() -> None:
    house = House()
    await house.submit()
    async with FollowJobs(house.jobs, house.events) as follow, reading(follow) as reader:
        first, second = await house.submit(), await house.submit(delay_seconds=60)
        entry = await reader.next()
        assert status(entry) == (first.id, JobStatus.PENDING)
        assert isinstance(entry.news, Change)
        assert entry.news.job.data == "null"
        assert status(await reader.next()) == (second.id, JobStatus.SCHEDULED)
        await house.cancel_job(OWNER, first.id)
        assert status(await reader.next()) == (first.id, JobStatus.CANCELLED)


async def test_nobody_else_is_told() -> None:
    house, other = House(), uuid7()
    async with FollowJobs(house.jobs, house.events) as follow, reading(follow, owner=other) as reader:
        await house.submit()
        house.events.publish([Hint(other, ADVANCE.job_id, 2, progress=ADVANCE.progress)])
        assert (await reader.next()).news == ADVANCE


async def test_several_readers_are_told_the_same() -> None:
    house = House()
    async with (
        FollowJobs(house.jobs, house.events) as follow,
        reading(follow) as one,
        reading(follow) as other,
    ):
        await house.submit()
        assert await one.next() == await other.next()


async def test_who_comes_back_is_told_exactly_what_they_missed() -> None:
    house = House()
    async with FollowJobs(house.jobs, house.events) as follow, reading(follow) as stays:
        async with reading(follow) as leaves:
            await house.submit()
            cursor = (await leaves.next()).cursor
        missed = [await house.submit() for _ in range(2)]
        assert [await stays.next() for _ in range(3)]
        async with reading(follow, cursor) as back:
            assert [status(await back.next())[0] for _ in missed] == [job.id for job in missed]
            later = await house.submit()
            assert status(await back.next())[0] == later.id


async def test_where_the_memory_does_not_reach_back_a_reset_comes_first() -> None:
    house = House()
    async with (
        FollowJobs(house.jobs, house.events) as follow,
        reading(follow) as reader,
        reading(follow, "unheard-0") as lost,
    ):
        reset = await lost.next()
        assert reset.news == RESET
        job = await house.submit()
        assert status(await lost.next()) == status(await reader.next()) == (job.id, JobStatus.PENDING)
        async with reading(follow, reset.cursor) as back:
            assert status(await back.next())[0] == job.id


async def test_who_may_have_missed_something_is_told_before_what_comes_next() -> None:
    house = House()
    async with FollowJobs(house.jobs, house.events) as follow, reading(follow) as reader:
        house.events._audience.tell_missed()
        job = await house.submit()
        assert (await reader.next()).news == RESET
        assert status(await reader.next())[0] == job.id


async def test_changes_that_cannot_be_read_are_a_reset() -> None:
    house = House()
    async with FollowJobs(AwayJobs(house.jobs._store), house.events) as follow, reading(follow) as reader:
        await house.submit()
        assert (await reader.next()).news == RESET


async def test_a_stream_beats_while_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "PULSE_SECONDS", 0.01)
    house = House()
    async with FollowJobs(house.jobs, house.events) as follow, asyncio.timeout(5):
        stream = follow(OWNER, after=None)
        assert [await anext(stream) for _ in range(5)] == [None] * 5


async def test_a_feed_that_everybody_has_left_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "LINGER_SECONDS", 0.02)
    house = House()
    before = asyncio.all_tasks()
    async with FollowJobs(house.jobs, house.events) as follow:
        async with reading(follow) as reader:
            await asyncio.sleep(0.1)
            await house.submit()
            cursor = (await reader.next()).cursor
        await until(lambda: asyncio.all_tasks() == before)
        assert not house.events._audience.owners()
        async with reading(follow, cursor) as back:
            assert (await back.next()).news == RESET


async def test_nothing_runs_on_when_the_process_ends() -> None:
    house, before = House(), asyncio.all_tasks()
    async with FollowJobs(house.jobs, house.events) as follow, reading(follow):
        assert asyncio.all_tasks() != before
    assert asyncio.all_tasks() == before
    assert not house.events._audience.owners()


def test_a_memory_is_bounded_and_says_so() -> None:
    feed = grown(MEMORY + 2)
    assert [entry.news for entry in feed.after(1)] == [RESET, *[ADVANCE] * MEMORY]
    assert [entry.cursor for entry in feed.after(2)][:2] == [f"{feed.name}-3", f"{feed.name}-4"]
    assert feed.after(1)[0].cursor == f"{feed.name}-2"
    assert [feed.place_of(f"{feed.name}-{place}") for place in (1, 2, MEMORY + 2, MEMORY + 3)] == [
        None,
        2,
        MEMORY + 2,
        None,
    ]


@pytest.mark.parametrize("cursor", ["", "-1", "1", "{}", "{}-", "{}--1", "{}-x", "{}-٣", "{}-²", "x{}-1"])
def test_a_cursor_that_is_none_has_no_place(cursor: str) -> None:
    feed = grown(5)
    assert feed.place_of(cursor.format(feed.name)) is None


def test_two_feeds_never_take_each_others_cursors() -> None:
    assert len({Feed().name for _ in range(9)}) == 9


@pytest.mark.parametrize(("seconds", "left"), [(LINGER_SECONDS + 1, True), (LINGER_SECONDS - 30, False)])
def test_a_feed_is_left_when_nobody_has_read_for_a_minute(seconds: float, left: bool) -> None:
    feed = Feed()
    assert not feed.is_left()
    feed.left_at = time.monotonic() - seconds
    assert feed.is_left() is left
    with feed.reading():
        with feed.reading():
            pass
        feed.left_at = time.monotonic() - seconds
        assert not feed.is_left()
    assert not feed.is_left()
    feed.left_at = time.monotonic() - seconds
    assert feed.is_left() is left


async def test_the_rest_of_the_hints_is_taken_without_waiting() -> None:
    hints = [Hint(OWNER, UUID(int=7), version) for version in range(3)]
    subscription = Subscription(OWNER)
    assert subscription.rest() == []
    for hint in hints:
        subscription.tell(hint)
    assert subscription.rest() == hints
    subscription.tell_missed()
    subscription.tell(hints[0])
    assert subscription.rest() == [None, hints[0]]
    assert subscription.rest() == []
    waiting = asyncio.create_task(subscription.next())
    await asyncio.sleep(0)
    assert waiting.cancel()
