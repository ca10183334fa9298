"""Who waits for a job, or follows it, learns of every change in time, even of those that no hint told of."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application import following
from jobproc.application.events import Hint
from jobproc.application.following import Advance, Change, FollowJob, News, WaitForJob
from jobproc.domain.errors import NotFound
from jobproc.domain.jobs import Job, JobStatus, Progress, Step
from tests.unit.application.following import begun, until
from tests.unit.application.memory import LEASE, OWNER, House

pytestmark = pytest.mark.anyio

HALF = Progress(1, 2, "half")


class CountingJobs(MemoryJobs):
    """A store that knows how often it was read."""

    reads = 0
    timelines_read = 0

    async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
        self.timelines_read += 1
        return await super().timelines(owner, ids)

    async def get(self, owner: UUID, ids: Sequence[UUID], **how: Any) -> Sequence[Job]:
        self.reads += 1
        return await super().get(owner, ids, **how)


def is_final(job: Job) -> bool:
    return job.status.is_final


def has_progress(job: Job) -> bool:
    return job.progress is not None


async def claimed(house: House) -> Job:
    await house.submit()
    [job] = await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    return job


def store_progress(house: House, job: Job, progress: Progress = HALF) -> None:
    house.jobs._store.put([job._replace(progress=progress)])


async def wait(house: House, job: Job, seconds: float, until: Callable[[Job], bool], **how: bool) -> Job:
    waiting = WaitForJob(house.jobs, house.events)(OWNER, job.id, seconds, until=until, **how)
    return await asyncio.wait_for(waiting, 5)


async def follow(house: House, job: Job, after: int = 0) -> list[Change | Advance]:
    """What is told until the stream ends, without the pulses."""
    async with asyncio.timeout(5):
        told = FollowJob(house.jobs, house.events)(OWNER, job.id, after=after)
        return [each async for each in told if each is not None]


async def anext_news(told: AsyncIterator[News]) -> News:
    """The first that is no pulse."""
    while (news := await anext(told)) is None:
        pass
    return news


def changes(news: Sequence[Change | Advance]) -> list[tuple[int, JobStatus]]:
    return [(each.step.version, each.step.status) for each in news if isinstance(each, Change)]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is looked for now and then is looked for at once."""
    monkeypatch.setattr(following, "LOOK_AGAIN_SECONDS", 0.03)
    monkeypatch.setattr(following, "PULSE_SECONDS", 0.01)
    monkeypatch.setattr(following, "UNTIL_STORED_SECONDS", 0.0)


async def test_a_job_that_is_as_wished_is_given_at_once() -> None:
    house = House()
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    assert await wait(house, job, 0, is_final) == job


async def test_a_wait_ends_with_the_change_that_was_wished_for() -> None:
    house = House()
    job = await house.submit()
    waiting = asyncio.create_task(wait(house, job, 60, is_final))
    await asyncio.sleep(0.01)
    assert await house.cancel_job(OWNER, job.id) == await waiting


async def test_a_wait_that_is_over_gives_the_job_as_it_is() -> None:
    house = House()
    job = await house.submit()
    assert await wait(house, job, 0.05, is_final) == job


@pytest.mark.usefixtures("impatient")
async def test_a_wait_finds_a_change_whose_hint_was_lost() -> None:
    house = House()
    job = await house.submit()
    waiting = asyncio.create_task(wait(house, job, 60, is_final))
    await asyncio.sleep(0)
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    assert (await waiting).status is JobStatus.CANCELLED


@pytest.mark.usefixtures("impatient")
async def test_a_wait_for_progress_ends_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_AGAIN_SECONDS", 60.0)
    house = House()
    job = await claimed(house)
    waiting = asyncio.create_task(wait(house, job, 60, has_progress, progress=True))
    await asyncio.sleep(0.01)
    store_progress(house, job)
    house.events.publish([Hint(OWNER, job.id, job.version, progress=HALF)])
    assert (await waiting).progress == HALF


async def test_what_nobody_waits_for_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "UNTIL_STORED_SECONDS", 0.0)
    house = House()
    job = await claimed(house)
    jobs = CountingJobs(house.jobs._store)
    waiting = asyncio.create_task(WaitForJob(jobs, house.events)(OWNER, job.id, 0.1, until=is_final))
    following_it = asyncio.create_task(anext_news(FollowJob(jobs, house.events)(OWNER, job.id, after=2)))
    await asyncio.sleep(0.01)
    assert jobs.reads == 2
    other = uuid7()
    house.events.publish([Hint(OWNER, other, 1, JobStatus.PENDING)])
    house.events.publish([Hint(OWNER, each, job.version, progress=HALF) for each in (other, job.id)])
    assert await asyncio.wait_for(waiting, 5) == job
    assert await asyncio.wait_for(following_it, 5) == Advance(job.id, 2, HALF)
    assert jobs.reads == 3


async def test_nobody_else_waits_for_a_job_or_follows_it() -> None:
    house = House()
    job = await house.submit()
    with pytest.raises(NotFound, match=r"^Job not found$"):
        await WaitForJob(house.jobs, house.events)(uuid7(), job.id, 0, until=is_final)
    with pytest.raises(NotFound, match=r"^Job not found$"):
        await anext(FollowJob(house.jobs, house.events)(uuid7(), job.id, after=0))


@pytest.mark.parametrize(("after", "versions"), [(0, [1, 2]), (1, [2]), (2, [])])
async def test_who_follows_an_ended_job_is_told_what_came_after_and_no_more(
    after: int, versions: list[int]
) -> None:
    house = House()
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    news = await follow(house, job, after)
    assert [version for version, _ in changes(news)] == versions
    assert {each.job.data for each in news if isinstance(each, Change)} <= {"null"}


async def test_every_change_is_told_with_progress_in_between() -> None:
    house = House()
    job = await house.submit()
    told = asyncio.create_task(follow(house, job))
    await asyncio.sleep(0.01)
    [started] = await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    house.events.publish([Hint(OWNER, job.id, 2, JobStatus.IN_PROGRESS)])
    await asyncio.sleep(0.01)
    house.events.publish(
        [Hint(OWNER, job.id, 9, progress=Progress(9)), Hint(OWNER, job.id, 2, progress=HALF)]
    )
    await asyncio.sleep(0.01)
    store_progress(house, started)
    await house.cancel_job(OWNER, job.id)
    news = await told
    assert changes(news) == [(1, JobStatus.PENDING), (2, JobStatus.IN_PROGRESS), (3, JobStatus.CANCELLED)]
    assert [each for each in news if isinstance(each, Advance)] == [Advance(job.id, 2, HALF)]
    assert news.index(Advance(job.id, 2, HALF)) == 2
    assert {each.job.data for each in news if isinstance(each, Change)} == {"null"}


@pytest.mark.usefixtures("impatient")
async def test_progress_that_no_hint_told_of_is_told_once() -> None:
    house = House()
    job = await claimed(house)
    told = asyncio.create_task(follow(house, job, after=2))
    for progress in (HALF, HALF, Progress(2, 2)):
        store_progress(house, job, progress)
        await asyncio.sleep(0.1)
    await house.cancel_job(OWNER, job.id)
    news = await told
    assert news[:2] == [Advance(job.id, 2, HALF), Advance(job.id, 2, Progress(2, 2))]
    assert changes(news[2:]) == [(3, JobStatus.CANCELLED)]


@pytest.mark.usefixtures("impatient")
async def test_progress_that_a_hint_told_of_is_not_told_again_once_it_is_stored() -> None:
    house = House()
    job = await claimed(house)
    told = await begun(FollowJob(house.jobs, house.events)(OWNER, job.id, after=2))
    house.events.publish([Hint(OWNER, job.id, 2, progress=HALF)])
    assert await until(told, lambda _: True) == [Advance(job.id, 2, HALF)]
    store_progress(house, job)
    # Three times as many beats as there are between two looks.
    async with asyncio.timeout(5):
        assert [await anext(told) for _ in range(12)] == [None] * 12


@pytest.mark.usefixtures("impatient")
async def test_a_beat_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "LOOK_AGAIN_SECONDS", 60.0)
    house = House()
    jobs = CountingJobs(house.jobs._store)
    told = await begun(FollowJob(jobs, house.events)(OWNER, (await house.submit()).id, after=1))
    async with asyncio.timeout(5):
        assert [await anext(told) for _ in range(5)] == [None] * 5
    assert jobs.reads == 1


async def test_a_timeline_is_read_by_who_missed_a_step_and_by_nobody_else() -> None:
    house = House()
    jobs = CountingJobs(house.jobs._store)
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    for after, read in ((1, 0), (0, 1)):
        assert await until(FollowJob(jobs, house.events)(OWNER, job.id, after=after), lambda _: False)
        assert jobs.timelines_read == read


async def test_who_missed_a_hint_is_told_all_the_same() -> None:
    house = House()
    job = await house.submit()
    told = asyncio.create_task(follow(house, job, after=1))
    await asyncio.sleep(0.01)
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    house.events._audience.tell_missed()
    assert changes(await told) == [(2, JobStatus.CANCELLED)]


@pytest.mark.usefixtures("impatient")
async def test_a_change_whose_hint_was_lost_is_told_at_the_next_look() -> None:
    house = House()
    job = await house.submit()
    told = asyncio.create_task(follow(house, job, after=1))
    await asyncio.sleep(0.01)
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    assert changes(await told) == [(2, JobStatus.CANCELLED)]


@pytest.mark.usefixtures("impatient")
async def test_a_stream_beats_at_once_and_while_nothing_happens() -> None:
    house = House()
    job = await house.submit()
    stream = FollowJob(house.jobs, house.events)(OWNER, job.id, after=1)
    async with asyncio.timeout(5):
        assert [await anext(stream) for _ in range(9)] == [None] * 9


@pytest.mark.usefixtures("impatient")
async def test_a_stream_ends_with_the_job_that_it_follows() -> None:
    house = House()
    job = await house.submit()
    told = asyncio.create_task(follow(house, job, after=1))
    await asyncio.sleep(0.01)
    house.jobs._store.drop([job])
    assert await told == []
