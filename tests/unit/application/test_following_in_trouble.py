"""One job is followed without a gap and without a repeat, whatever happens to the hints and to the store."""

import asyncio
from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

import pytest

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application.events import Hint, changes
from jobproc.application.following import Advance, Change, FollowJob, WaitForJob
from jobproc.domain.errors import NotFound
from jobproc.domain.jobs import Job, JobStatus, Progress, Step
from tests.unit.application.following import AWAY, Away, begun, until
from tests.unit.application.memory import LEASE, OWNER, House

pytestmark = pytest.mark.anyio
S = JobStatus


def never(_: object) -> bool:
    return False


def versions(news: list[Change | Advance]) -> list[int]:
    return [each.step.version for each in news if isinstance(each, Change)]


def house_that_fails() -> tuple[House, Away]:
    house = House()
    away = Away(house.jobs._store)
    return house, away


async def silently(house: House, job: Job) -> Job:
    """Cancelled, and nobody is told."""
    [cancelled] = await house.jobs.change(OWNER, [job.id], Job.cancel)
    return cancelled


async def test_hints_that_come_late_twice_or_in_another_order_change_nothing() -> None:
    house = House()
    job = await house.submit()
    news = await begun(FollowJob(house.jobs, house.events)(OWNER, job.id, after=0))
    [claim] = await house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
    done = claim.succeed("3", await house.now())
    await house.work.finish([done])
    house.events.publish(changes([done, claim, claim, job, done]))
    assert versions(await until(news, never)) == [1, 2, 3]


async def test_a_store_that_is_away_in_between_ends_no_stream() -> None:
    house, away = house_that_fails()
    job = await house.submit()
    news = await begun(FollowJob(away, house.events)(OWNER, job.id, after=0))
    away.failure = AWAY
    house.events.publish(changes([job]))
    assert versions(await until(news, lambda _: True)) == [1]
    assert await asyncio.wait_for(anext(news), 10) is None
    away.failure = None
    await silently(house, job)
    assert versions(await until(news, never)) == [2]


async def test_a_store_that_is_away_at_the_start_is_a_refusal() -> None:
    house, away = house_that_fails()
    job = await house.submit()
    away.failure = AWAY
    with pytest.raises(type(AWAY)):
        await anext(FollowJob(away, house.events)(OWNER, job.id, after=0))


async def test_who_names_a_version_that_never_was_is_told_everything() -> None:
    house = House()
    job = await silently(house, await house.submit())
    assert versions(await until(FollowJob(house.jobs, house.events)(OWNER, job.id, after=99), never)) == [
        1,
        2,
    ]


async def test_progress_is_told_of_the_attempt_that_runs_and_of_no_other() -> None:
    house = House()
    job = await house.submit()
    [claim] = await house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
    news = await begun(FollowJob(house.jobs, house.events)(OWNER, job.id, after=2))
    hints = [Hint(OWNER, job.id, version, progress=Progress(version, 9)) for version in (1, 2)]
    house.events.publish(hints)
    assert await until(news, lambda _: True) == [Advance(job.id, 2, Progress(2, 9))]
    await news.aclose()
    await house.work.report([claim._replace(progress=Progress(5, 9))])
    late = await begun(FollowJob(house.jobs, house.events)(OWNER, job.id, after=2))
    assert await until(late, lambda _: True) == [Advance(job.id, 2, Progress(5, 9))]


async def test_who_stops_following_leaves_nothing_behind() -> None:
    house = House()
    job = await house.submit()
    news = await begun(FollowJob(house.jobs, house.events)(OWNER, job.id, after=0))
    await anext(news)
    await news.aclose()
    assert not house.events._audience.owners()


async def test_a_job_that_is_erased_while_somebody_waits_is_not_there() -> None:
    house = House()
    job = await house.submit()
    waiting = asyncio.create_task(
        WaitForJob(house.jobs, house.events)(OWNER, job.id, 30, until=lambda job: job.status is S.SUCCESS)
    )
    await asyncio.sleep(0)
    cancelled = await silently(house, job)
    await house.jobs.erase(OWNER, [job.id], Job.check_erasable)
    house.events.publish(changes([cancelled]))
    with pytest.raises(NotFound):
        await asyncio.wait_for(waiting, 10)


async def test_a_job_that_is_erased_between_two_looks_at_it_ends_its_stream() -> None:
    class Erasing(MemoryJobs):
        async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
            await self.erase(owner, ids, lambda _: None)
            return await super().timelines(owner, ids)

    house = House()
    job = await house.submit()
    await house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
    news = await begun(FollowJob(Erasing(house.jobs._store), house.events)(OWNER, job.id, after=0))
    house.events.publish(changes([job]))
    assert await until(news, never) == []
