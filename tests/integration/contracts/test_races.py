"""Many at once: each job goes to one claim, and each end is recorded once."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import pytest

from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import Job, JobStatus
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio

WORKERS = 20


async def test_twenty_workers_and_one_job_make_one_claim(store: Store) -> None:
    for _ in range(10):
        await store.add()
        claims = await asyncio.gather(*(store.claim() for _ in range(WORKERS)))
        assert sum(map(len, claims)) == 1


async def test_many_workers_share_many_jobs_without_a_double(store: Store) -> None:
    jobs = await store.add(count=200)
    taken: Counter[object] = Counter()

    async def work() -> None:
        while claimed := await store.claim(7):
            taken.update(job.id for job in claimed)

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    assert taken == Counter(job.id for job in jobs)


async def test_two_reports_of_one_claim_end_the_job_once(store: Store) -> None:
    for _ in range(10):
        [job] = await store.add()
        [claimed] = await store.claim()
        now = await store.clock.now()
        await asyncio.gather(*(store.work.finish([claimed.succeed("14", now)]) for _ in range(WORKERS)))
        seen = await store.see(job)
        assert seen
        assert (seen.status, seen.version) == (JobStatus.SUCCESS, 3)


async def test_cancelling_and_finishing_at_once_has_one_winner(store: Store) -> None:
    for _ in range(20):
        [job] = await store.add()
        [claimed] = await store.claim()
        done = claimed.succeed("14", await store.clock.now())
        recorded, cancelled = await asyncio.gather(
            store.work.finish([done]),
            store.jobs.change(job.owner, [job.id], Job.cancel),
            return_exceptions=True,
        )
        assert not isinstance(recorded, BaseException)
        assert isinstance(cancelled, Conflict) == (job.id in recorded)
        seen = await store.see(job)
        assert seen
        assert seen.version == 3
        assert seen.status is (JobStatus.SUCCESS if recorded else JobStatus.CANCELLED)


async def test_crashing_and_frozen_workers_lose_nothing_and_record_nothing_twice(store: Store) -> None:
    """The race of the engine: crashes, late reports of workers that were given up, two sweepers, stray bells."""
    chance = random.Random(7)
    jobs = await store.add(count=150, max_attempts=100)
    recorded: Counter[object] = Counter()
    late: list[Job] = []

    async def work() -> None:
        while await unfinished():
            for claimed in await store.claim(3):
                fate = chance.random()
                if fate < 0.10:
                    continue
                if fate < 0.20:
                    late.append(claimed)
                    continue
                await report(claimed)
            if late and chance.random() < 0.3:
                await report(late.pop())
            await asyncio.sleep(0)

    async def report(claimed: Job) -> None:
        done = claimed.succeed(f'"{claimed.version}"', await store.clock.now())
        recorded.update(await store.work.finish([done]))

    async def sweep() -> None:
        while await unfinished():
            await store.pass_time(61)
            await store.work.rescue(limit=50, jitter=chance.random)
            await store.work.promote(limit=50)
            await asyncio.sleep(0.01)

    async def unfinished() -> bool:
        return len(recorded) < len(jobs)

    await asyncio.gather(*(work() for _ in range(10)), sweep(), sweep())
    assert recorded == Counter(job.id for job in jobs)
    await _all_are(store, jobs, lambda job: job.status is JobStatus.SUCCESS)


async def _all_are(store: Store, jobs: list[Job], wanted: Callable[[Job], bool]) -> None:
    found = await store.jobs.get(jobs[0].owner, [job.id for job in jobs])
    assert len(found) == len(jobs)
    assert all(map(wanted, found))
