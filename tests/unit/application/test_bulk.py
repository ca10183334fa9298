"""Cancelling and retrying all jobs of a filter, a stretch at a time."""

from typing import Any
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application import bulk
from jobproc.application.batches import MOST_HINTS
from jobproc.application.bulk import CancelJobs, RetryJobs, Stretch
from jobproc.application.events import Hint
from jobproc.application.ports import Page
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import Job, JobStatus
from tests.unit.application.memory import OWNER, House
from tests.unit.application.test_engine import status

pytestmark = pytest.mark.anyio
CANCELLED = JobFilter(statuses=(JobStatus.CANCELLED,))


@pytest.fixture
def short_stretches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four jobs are a stretch."""
    monkeypatch.setattr(bulk, "PART", 2)
    monkeypatch.setattr(bulk, "PARTS", 2)


class BusyJobs(MemoryJobs):
    """Jobs of which another comes, or one is cancelled, whenever somebody has looked at a page."""

    def __init__(self, house: House, cancelling: Job | None = None) -> None:
        super().__init__(house.jobs._store)
        self.house = house
        self.cancelling = cancelling
        self.come: list[Job] = []
        self.seen: list[Job] = []

    async def page(self, *args: Any, **wishes: Any) -> Page:
        page = await super().page(*args, **wishes)
        self.seen += page.jobs
        if self.cancelling:
            await self.house.jobs.change(OWNER, [self.cancelling.id], Job.cancel)
        else:
            self.come.append(await self.house.submit())
        return page


def cancel(house: House, jobs: MemoryJobs | None = None) -> CancelJobs:
    return CancelJobs(jobs or house.jobs, house.events)


def retry(house: House) -> RetryJobs:
    return RetryJobs(house.jobs, house.queue, house.events)


async def cancelled(house: House, count: int = 1) -> list[Job]:
    made = [await house.submit() for _ in range(count)]
    return list(await house.jobs.change(OWNER, [job.id for job in made], Job.cancel))


async def test_all_of_the_owner_that_match_end_and_who_watches_hears_of_each() -> None:
    house = House()
    waiting, dated = await house.submit(tags=("old",)), await house.submit(tags=("old",), delay_seconds=60)
    other, [final] = await house.submit(), await cancelled(house)
    async with house.events.subscribe(OWNER) as news:
        assert await cancel(house)(UUID(int=2), EVERY_JOB) == Stretch(0, None)
        assert await cancel(house)(OWNER, JobFilter(tag="old")) == Stretch(2, None)
        told = {hint.job for hint in news.rest() if isinstance(hint, Hint)}
    assert told == {waiting.id, dated.id}
    assert status(house, waiting) is status(house, dated) is JobStatus.CANCELLED
    assert (await house.see(other), await house.see(final)) == (other, final)


async def test_more_changes_than_are_worth_a_hint_each_are_told_of_at_once() -> None:
    house = House()
    for _ in range(MOST_HINTS + 1):
        await house.submit()
    async with house.events.subscribe(OWNER) as news, house.events.subscribe(UUID(int=2)) as foreign:
        await cancel(house)(OWNER, EVERY_JOB)
        assert (news.rest(), foreign.rest()) == ([None], [])


@pytest.mark.usefixtures("short_stretches")
async def test_each_stretch_says_how_many_it_changed_and_where_the_next_one_begins() -> None:
    house = House()
    jobs = [await house.submit() for _ in range(5)]
    assert await cancel(house)(OWNER, EVERY_JOB) == Stretch(4, jobs[1].id)
    assert await cancel(house)(OWNER, EVERY_JOB, before=jobs[1].id) == Stretch(1, None)
    assert await retry(house)(OWNER, CANCELLED) == Stretch(4, jobs[1].id)
    [late] = await cancelled(house)
    assert await retry(house)(OWNER, CANCELLED, before=jobs[1].id) == Stretch(1, None)
    assert await house.see(late) == late
    assert {status(house, job) for job in jobs} == {JobStatus.PENDING}


@pytest.mark.usefixtures("short_stretches")
async def test_jobs_that_come_meanwhile_are_left_alone() -> None:
    house = House()
    for _ in range(5):
        await house.submit()
    busy = BusyJobs(house)
    first = await cancel(house, busy)(OWNER, EVERY_JOB)
    second = await cancel(house, busy)(OWNER, EVERY_JOB, before=first.next)
    assert (first.changed, second) == (4, Stretch(1, None))
    assert [status(house, job) for job in busy.come] == [JobStatus.PENDING] * 3


async def test_a_job_that_became_final_meanwhile_is_neither_changed_counted_nor_told_of() -> None:
    house = House()
    ended, waiting = await house.submit(), await house.submit()
    async with house.events.subscribe(OWNER) as news:
        assert (await cancel(house, BusyJobs(house, cancelling=ended))(OWNER, EVERY_JOB)).changed == 1
        assert [hint.job for hint in news.rest() if hint] == [waiting.id]
    assert (await house.see(ended)).version == 2


async def test_what_jobs_were_given_is_not_read_to_change_them() -> None:
    house = House()
    job = await house.submit("add", "[1,2]")
    busy = BusyJobs(house)
    await cancel(house, busy)(OWNER, EVERY_JOB)
    assert [each.data for each in busy.seen] == ["null"]
    assert (await house.see(job)).data == "[1,2]"


@pytest.mark.usefixtures("short_stretches")
async def test_jobs_that_cannot_be_changed_so_take_no_room_in_a_stretch() -> None:
    house = House()
    [job] = await cancelled(house)
    waiting = [await house.submit() for _ in range(5)]
    assert await retry(house)(OWNER, EVERY_JOB) == Stretch(1, None)
    assert status(house, job) is JobStatus.PENDING
    assert [await house.see(each) for each in waiting] == waiting


async def test_a_filter_for_what_cannot_be_changed_so_changes_nothing() -> None:
    house = House()
    [job] = await cancelled(house)
    waiting = await house.submit()
    wanted = JobFilter(statuses=(JobStatus.PENDING, JobStatus.SUCCESS))
    assert await retry(house)(OWNER, wanted, before=waiting.id) == Stretch(0, None)
    assert (await house.see(job), await house.see(waiting)) == (job, waiting)


async def test_retrying_rings_once_and_only_where_something_is_due_by_it() -> None:
    house = House()
    await retry(house)(OWNER, EVERY_JOB)
    assert house.rings == 0
    jobs = await cancelled(house, 3)
    house.rings = 0
    async with house.events.subscribe(OWNER) as news:
        await retry(house)(OWNER, EVERY_JOB)
        assert len(news.rest()) == 3
    assert house.rings == 1
    assert {status(house, job) for job in jobs} == {JobStatus.PENDING}
