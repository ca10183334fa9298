"""What changing all jobs of a filter promises, over every store."""

from typing import Any
from uuid import UUID

import pytest

from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.application import bulk
from jobproc.application.bulk import CancelJobs, RetryJobs
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import Job, JobStatus
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio
STRETCH = bulk.PART * bulk.PARTS


async def statuses(store: Store, jobs: list[Job]) -> set[JobStatus]:
    return {job.status for job in await store.jobs.get(jobs[0].owner, [job.id for job in jobs])}


async def everything(change: Any, owner: UUID, wanted: JobFilter) -> list[int]:
    """How many jobs each stretch has changed."""
    changed, before = [], None
    while True:
        stretch = await change(owner, wanted, before=before)
        changed.append(stretch.changed)
        if (before := stretch.next) is None:
            return changed


async def test_all_that_match_are_cancelled_and_no_others(store: Store) -> None:
    owner = await store.owner()
    matching = [
        *await store.add(owner, 3, tags=("old",)),
        *await store.add(owner, tags=("old",), delay_seconds=60),
    ]
    others = [*await store.add(owner, 2), *await store.add(owner, tags=("older",))]
    [foreign] = await store.add(tags=("old",))
    cancel = CancelJobs(store.jobs, MemoryEvents())
    assert await everything(cancel, owner, JobFilter(tag="old")) == [4]
    assert await statuses(store, matching) == {JobStatus.CANCELLED}
    assert await statuses(store, others) == await statuses(store, [foreign]) == {JobStatus.PENDING}
    assert await everything(cancel, owner, JobFilter(tag="old")) == [0]


async def test_more_than_a_stretch_is_changed_in_several_and_each_job_once(store: Store) -> None:
    owner = await store.owner()
    jobs = await store.add(owner, STRETCH + 100)
    assert await everything(CancelJobs(store.jobs, MemoryEvents()), owner, EVERY_JOB) == [STRETCH, 100]
    queue, rung = MemoryQueue(), []
    queue.listen(lambda: rung.append(True))
    retry = RetryJobs(store.jobs, queue, MemoryEvents())
    assert sum(await everything(retry, owner, JobFilter(statuses=(JobStatus.CANCELLED,)))) == STRETCH + 100
    assert await statuses(store, jobs[:200]) == {JobStatus.PENDING}
    assert rung


async def test_a_status_that_cannot_be_changed_so_is_left_alone(store: Store) -> None:
    owner = await store.owner()
    jobs = await store.add(owner, 2)
    retry = RetryJobs(store.jobs, MemoryQueue(), MemoryEvents())
    assert await everything(retry, owner, EVERY_JOB) == [0]
    assert await everything(retry, owner, JobFilter(statuses=(JobStatus.PENDING,))) == [0]
    assert await statuses(store, jobs) == {JobStatus.PENDING}


async def test_who_watches_is_told_of_each_change(store: Store) -> None:
    owner, events = await store.owner(), MemoryEvents()
    jobs = await store.add(owner, 3)
    async with events.subscribe(owner) as hints:
        await CancelJobs(store.jobs, events)(owner, EVERY_JOB)
        told = [await hints.next() for _ in jobs]
    assert {hint.job for hint in told if hint} == {job.id for job in jobs}
