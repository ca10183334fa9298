"""What every `Statistics` promises."""

from datetime import timedelta

import pytest

from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.stats import Spread, Tally, Window
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio
DAY = Window(timedelta(days=1))


async def test_of_nobodys_jobs_there_are_no_numbers(store: Store) -> None:
    await store.add()
    stats = await store.statistics.of(await store.owner(), DAY)
    assert (sum(stats.counts.values()), stats.finished, stats.sample) == (0, [], 0)
    assert (stats.wait, stats.run) == (Spread(), Spread())


async def test_unfinished_jobs_are_counted_all_and_finished_ones_within_the_window(store: Store) -> None:
    owner = await store.owner()
    [early] = await store.add(owner)
    await store.jobs.change(owner, [early.id], Job.cancel)
    await store.pass_time(1800)
    jobs = await store.add(owner, 3)
    await store.add(owner, 2, delay_seconds=60)
    await store.jobs.change(owner, [jobs[0].id], Job.cancel)
    await store.claim(1)
    counts = {JobStatus.PENDING: 1, JobStatus.SCHEDULED: 2, JobStatus.IN_PROGRESS: 1, JobStatus.CANCELLED: 1}
    recent = await store.statistics.of(owner, Window(timedelta(minutes=15)))
    assert (recent.counts, recent.sample) == (counts, 1)
    whole = await store.statistics.of(owner, DAY)
    assert (whole.counts, whole.sample) == (counts | {JobStatus.CANCELLED: 2}, 2)


async def test_a_tally_counts_by_status_what_a_filter_wants(store: Store) -> None:
    owner = await store.owner()
    await store.add(await store.owner(), 2, tags=["a"])
    await store.add(owner, tags=["a"])
    await store.pass_time(100)
    between = await store.clock.now()
    await store.pass_time(100)
    jobs = await store.add(owner, 3, tags=["a", "b"])
    await store.add(owner, 2, delay_seconds=60)
    await store.jobs.change(owner, [jobs[0].id], Job.cancel)
    tallies = {
        JobFilter(): {JobStatus.PENDING: 3, JobStatus.SCHEDULED: 2, JobStatus.CANCELLED: 1},
        JobFilter(tag="a"): {JobStatus.PENDING: 3, JobStatus.CANCELLED: 1},
        JobFilter(tag="a", created_after=between): {JobStatus.PENDING: 2, JobStatus.CANCELLED: 1},
        JobFilter(tag="a", created_before=between): {JobStatus.PENDING: 1},
        JobFilter(tag="b", statuses=(JobStatus.CANCELLED,)): {JobStatus.CANCELLED: 1},
        JobFilter(operation="none"): {},
    }
    for wanted, counts in tallies.items():
        assert await store.statistics.tally(owner, wanted) == Tally(counts, is_cut=False), wanted


async def test_waits_and_runs_are_those_of_the_last_attempt_in_seconds(store: Store) -> None:
    owner = await store.owner()
    for seconds in (10, 20, 40):
        [job] = await store.add(owner)
        await store.pass_time(100)
        [claimed] = await store.claim(1)
        await store.work.finish(
            [claimed.succeed("1", (claimed.started_at or job.run_at) + timedelta(seconds=seconds))]
        )
    [never] = await store.add(owner)
    await store.jobs.change(owner, [never.id], Job.cancel)
    stats = await store.statistics.of(owner, DAY)
    assert (stats.run.p50, stats.run.p95) == pytest.approx((20, 38))
    assert (stats.wait.p50, stats.wait.p95) == pytest.approx((100, 100), abs=3)
    assert stats.sample == 4


async def test_what_ended_is_told_by_steps_oldest_first(store: Store) -> None:
    owner = await store.owner()
    for _ in range(2):
        jobs = await store.add(owner, 2)
        await store.jobs.change(owner, [job.id for job in jobs], Job.cancel)
        await store.pass_time(2 * 3600)
    [claimed] = await store.add(owner) and await store.claim(1)
    now = await store.clock.now()
    await store.work.finish([claimed.succeed("1", now)])
    stats = await store.statistics.of(owner, DAY)
    assert [sum(bucket.counts.values()) for bucket in stats.finished] == [2, 2, 1]
    starts = [bucket.at for bucket in stats.finished]
    assert starts == sorted(starts)
    assert {(start.minute, start.second, start.microsecond) for start in starts} == {(0, 0, 0)}
    assert stats.finished[-1].at == DAY.start_of_step(now)
    assert stats.finished[-1].counts == {JobStatus.SUCCESS: 1}


async def test_each_step_tells_how_long_its_jobs_waited_and_ran(store: Store) -> None:
    owner = await store.owner()
    for seconds in (10, 30):
        await store.add(owner)
        [claimed] = await store.claim(1)
        end = await store.clock.now() + timedelta(seconds=seconds)
        await store.work.finish([claimed.succeed("1", end)])
        await store.pass_time(2 * 3600)
    first, second = (await store.statistics.of(owner, DAY)).finished
    assert (first.run.p50, second.run.p50) == pytest.approx((10, 30), abs=3)
    assert first.wait.p95 == pytest.approx(0, abs=3)
