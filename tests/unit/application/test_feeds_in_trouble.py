"""Whatever becomes of hints, readers and the store: each change once, in order, or a reset in its place."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import pytest

from jobproc.adapters.memory.events import MemoryEvents
from jobproc.application import feeds
from jobproc.application.events import LARGEST_BACKLOG, Hint, changes
from jobproc.application.feeds import RESET, Entry, FollowJobs
from jobproc.application.following import Advance, Change
from jobproc.domain.jobs import Job, Progress, Step
from tests.unit.application.following import AWAY, Away, Slow, begun, until
from tests.unit.application.memory import LEASE, OWNER, House
from tests.unit.domain.jobs import NOW, submitted

pytestmark = pytest.mark.anyio


@dataclass
class Following:
    """A house whose feed somebody reads."""

    events: MemoryEvents = field(default_factory=MemoryEvents)

    def __post_init__(self) -> None:
        self.house = House(events=self.events)
        self.jobs = Away(self.house.jobs._store)
        self.follow = FollowJobs(self.jobs, self.events)

    async def read(self, after: str | None = None) -> AsyncGenerator[Entry | None]:
        """A reader that listens."""
        return await begun(self.follow(OWNER, after=after))

    async def retried(self, job: Job, times: int) -> None:
        """Cancelled and retried so often, and told of each."""
        for _ in range(times):
            await self.house.cancel_job(OWNER, job.id)
            await self.house.retry_job(OWNER, job.id)

    async def settle(self) -> None:
        """Let the feed take in what was told."""
        for _ in range(20):
            await asyncio.sleep(0)


@asynccontextmanager
async def following(events: MemoryEvents | None = None) -> AsyncIterator[Following]:
    found = Following(events or MemoryEvents())
    async with found.follow:
        yield found


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Feeds that remember but the last four."""
    monkeypatch.setattr(feeds, "MEMORY", 4)


@pytest.fixture
async def said(anyio_backend: str) -> AsyncIterator[list[object]]:
    """The errors that the loop writes to the log."""
    errors: list[object] = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, context: errors.append(context.get("exception")))
    yield errors
    loop.set_exception_handler(before)


def told(entries: list[Entry]) -> list[int | str]:
    """Versions, and what else there is by its name."""
    return [
        entry.news.step.version if isinstance(entry.news, Change) else type(entry.news).__name__
        for entry in entries
    ]


async def test_changes_that_come_together_are_told_one_by_one() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        await here.retried(job, 3)
        entries = await until(news, lambda entry: told([entry]) == [7])
        assert told(entries) == [1, 2, 3, 4, 5, 6, 7]
        assert len({entry.cursor for entry in entries}) == 7


async def test_hints_that_come_late_twice_or_in_another_order_repeat_nothing() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        [claim] = await here.house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
        here.events.publish(changes([claim, job]))
        await here.settle()
        done = claim.succeed("3", await here.house.now())
        await here.house.work.finish([done])
        here.events.publish(changes([done]))
        here.events.publish([Hint(OWNER, job.id, 2, progress=Progress(1, 2))])
        await here.settle()
        here.events.publish(changes([job, claim, done]))
        await here.settle()
        last = await here.house.submit()
        assert told(await until(news, lambda each: each.news.job.id == last.id)) == [1, 2, 3, 1]  # type: ignore[union-attr]


async def test_what_happens_right_after_the_start_is_told() -> None:
    async with following() as here:
        news = await here.read()
        await here.house.submit()
        await here.settle()
        assert told(await until(news, lambda _: True)) == [1]


async def test_no_reader_begins_before_the_hints_are_heard() -> None:
    events = Slow()
    async with following(events) as here:
        readers = [asyncio.create_task(here.read()) for _ in range(2)]
        await here.settle()
        assert not any(reader.done() for reader in readers)
        events.gate.set()
        first, second = await asyncio.gather(*readers)
        await here.house.submit()
        assert told(await until(first, lambda _: True)) == told(await until(second, lambda _: True)) == [1]


@pytest.mark.usefixtures("forgetful")
async def test_a_reader_that_is_too_slow_is_told_to_read_the_list_and_then_what_is_left_once() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        slow = await until(news, lambda _: True)
        await here.retried(job, 4)
        await here.settle()
        slow += await until(news, lambda entry: entry.news is RESET)
        # While it reads on, more happens.
        await here.retried(job, 1)
        await here.settle()
        slow += await until(news, lambda entry: told([entry]) == [11])
        assert told(slow) == [1, "Reset", 6, 7, 8, 9, 10, 11]


@pytest.mark.usefixtures("forgetful")
async def test_a_cursor_goes_on_after_it_while_it_is_remembered() -> None:
    async with following() as here:
        job = await here.house.submit()
        news = await here.read()
        await here.retried(job, 1)
        [first] = await until(news, lambda _: True)
        await news.aclose()
        await here.retried(job, 1)
        await here.settle()
        again = await here.read(first.cursor)
        assert told(await until(again, lambda entry: told([entry]) == [5])) == [3, 4, 5]
        await here.retried(job, 2)
        await here.settle()
        assert told(await until(await here.read(first.cursor), lambda _: True)) == ["Reset"]


@pytest.mark.parametrize("number", ["-1", "99", "x", "", "٣", "9" * 5000])
async def test_a_cursor_that_was_never_given_is_a_reset(number: str) -> None:
    async with following() as here:
        await here.read()
        name = here.follow._feeds[OWNER].name
        assert told(await until(await here.read(f"{name}-{number}"), lambda _: True)) == ["Reset"]


async def test_lost_hints_are_a_reset() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        await here.settle()
        await here.retried(job, LARGEST_BACKLOG)
        assert "Reset" in told(await until(news, lambda entry: entry.news is RESET))


async def test_a_store_that_is_away_is_a_reset_and_the_feed_goes_on() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        await here.settle()
        here.jobs.failure = AWAY
        await here.retried(job, 1)
        await here.settle()
        here.jobs.failure = None
        await here.retried(job, 1)
        entries = await until(news, lambda entry: told([entry]) == [5])
        assert told(entries) == [1, "Reset", 2, 3, 4, 5]


async def test_a_feed_that_dies_says_why_and_ends_its_readers_and_the_next_one_begins_anew(
    said: list[object],
) -> None:
    async with following() as here:
        news = await here.read()
        here.jobs.failure = RuntimeError("a mistake")
        job = await here.house.submit()
        assert await until(news, lambda _: True) == []
        gc.collect()
        assert said == [here.jobs.failure]
        here.jobs.failure = None
        again = await here.read("whatever-7")
        await here.house.cancel_job(OWNER, job.id)
        assert told(await until(again, lambda entry: entry.news is not RESET)) == ["Reset", 2]


async def test_readers_end_with_the_process() -> None:
    async with following() as here:
        news = await here.read()
    assert await until(news, lambda _: True) == []


async def test_a_job_that_is_erased_at_once_is_not_told_of() -> None:
    async with following() as here:
        news = await here.read()
        job = await here.house.submit()
        await here.house.cancel_job(OWNER, job.id)
        await here.jobs.erase(OWNER, [job.id], Job.check_erasable)
        await here.house.submit()
        assert told(await until(news, lambda _: True)) == [1]


async def test_progress_is_told_before_the_end_of_its_attempt_and_never_after_it() -> None:
    async with following() as here:
        job = await here.house.submit()
        [claim] = await here.house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
        news = await here.read()
        half = Hint(OWNER, job.id, 2, progress=Progress(1, 2))
        here.events.publish([*changes([claim]), half])
        entries = await until(news, lambda entry: isinstance(entry.news, Advance))
        assert told(entries) == [2, "Advance"]
        done = claim.succeed("3", await here.house.now())
        await here.house.work.finish([done])
        here.events.publish([half, *changes([done]), half])
        await here.settle()
        here.events.publish([half])
        await here.settle()
        await here.house.submit()
        assert told(await until(news, lambda entry: told([entry]) == [1])) == [3, 1]


async def test_timelines_are_read_for_who_missed_a_step_and_for_nobody_else() -> None:
    asked: list[Sequence[UUID]] = []

    class Read(Away):
        async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
            asked.append(ids)
            return await super().timelines(owner, ids)

    async with following() as here:
        here.follow.jobs = Read(here.house.jobs._store)
        news = await here.read()
        slow = await here.house.submit()
        await here.settle()
        await here.retried(slow, 1)
        last = await here.house.submit()
        assert told(await until(news, lambda each: each.news.job.id == last.id)) == [1, 2, 3, 1]  # type: ignore[union-attr]
        assert asked == [[slow.id]]


@pytest.mark.usefixtures("forgetful")
def test_a_feed_knows_of_a_job_as_long_as_it_remembers_its_last_change() -> None:
    feed, job = feeds.Feed(), submitted()
    again = job.cancel(NOW)
    feed.extend([Change(job.step, job), Change(again.step, again), RESET, RESET])
    assert feed.told(job.id) == 2
    feed.extend([RESET])
    assert feed.told(job.id) == 2
    feed.extend([RESET])
    assert feed.told(job.id) is None
