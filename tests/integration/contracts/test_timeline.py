"""What every `Jobs` promises of the changes that it remembers."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import Job, JobStatus
from tests.integration.contracts.stores import LEASE, Store

pytestmark = pytest.mark.anyio

S = JobStatus


async def test_every_change_is_a_step_with_its_cause_and_no_version_is_missing(store: Store) -> None:
    [job] = await store.add(delay_seconds=60)
    await store.pass_time(61)
    await store.work.promote(limit=10)
    await store.claim()
    await store.pass_time(LEASE.total_seconds() + 1)
    await store.work.rescue(limit=10, jitter=lambda: 0.5)
    [again] = await store.claim()
    await store.work.finish([again.succeed("14", await store.clock.now())])
    steps = await store.timeline(job)
    assert [(step.version, step.status, step.attempt, step.cause) for step in steps] == [
        (1, S.SCHEDULED, 0, "submitted"),
        (2, S.PENDING, 0, "due"),
        (3, S.IN_PROGRESS, 1, "claimed"),
        (4, S.PENDING, 1, "worker_lost"),
        (5, S.IN_PROGRESS, 2, "claimed"),
        (6, S.SUCCESS, 2, "succeeded"),
    ]


async def test_a_step_tells_when_the_change_was_stored(store: Store) -> None:
    [job] = await store.add()
    [cancelled] = await store.jobs.change(job.owner, [job.id], Job.cancel)
    first, last = await store.timeline(job)
    assert (first, last) == (job.step, cancelled.step)
    assert last.at.utcoffset() == timedelta()


async def test_a_refused_change_a_renewal_and_progress_are_no_steps(store: Store) -> None:
    [job] = await store.add()
    [claimed] = await store.claim()
    await store.work.renew([claimed], lease=LEASE)
    await store.work.report([claimed])
    with pytest.raises(Conflict):
        await store.jobs.change(job.owner, [job.id], Job.retry)
    assert len(await store.timeline(job)) == 2


async def test_the_first_and_the_last_499_changes_are_kept(store: Store) -> None:
    [job] = await store.add()
    for _ in range(300):
        await store.jobs.change(job.owner, [job.id], Job.cancel)
        await store.jobs.change(job.owner, [job.id], Job.retry)
    versions = [step.version for step in await store.timeline(job)]
    assert versions == [1, *range(601 - 498, 602)]


async def test_timelines_of_several_jobs_come_at_once(store: Store) -> None:
    owner = await store.owner()
    jobs = await store.add(owner, 2)
    await store.jobs.change(owner, [jobs[1].id], Job.cancel)
    [foreign] = await store.add()
    found = await store.jobs.timelines(owner, [uuid7(), *(job.id for job in jobs), foreign.id])
    assert {id: [step.version for step in steps] for id, steps in found.items()} == {
        jobs[0].id: [1],
        jobs[1].id: [1, 2],
    }


async def test_a_stranger_sees_no_change(store: Store) -> None:
    [job] = await store.add()
    assert not await store.timeline(job, await store.owner())


async def test_a_purged_job_has_no_changes(store: Store) -> None:
    [job] = await store.add(retention_seconds=0)
    await store.jobs.change(job.owner, [job.id], Job.cancel)
    await store.pass_time(61)
    await store.work.purge(limit=10)
    assert not await store.timeline(job)
