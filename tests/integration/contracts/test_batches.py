"""What every `Batches` promises, and what becomes of a batch when its jobs go."""

import asyncio
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from jobproc.domain.batches import Batch
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job, JobStatus
from jobproc.entrypoints.container import new_id_at
from tests.integration.contracts.stores import Store, new_job

pytestmark = pytest.mark.anyio


async def drafts(store: Store, owner: UUID, count: int, key: str | None = None) -> tuple[Batch, list[Job]]:
    now = await store.clock.now()
    id = new_id_at(now)
    jobs = sorted((new_job(owner, now, id) for _ in range(count)), key=lambda job: job.id)
    fingerprint = key and f"of {key}"
    return (
        Batch(
            id=id,
            owner=owner,
            total=count,
            created_at=now,
            idempotency_key=key,
            fingerprint=fingerprint,
        ),
        jobs,
    )


async def batch(store: Store, count: int, key: str | None = None) -> tuple[Batch, list[Job]]:
    made, jobs = await drafts(store, await store.owner(), count, key)
    assert await store.batches.add(made, jobs) == made
    return made, jobs


async def counts(store: Store, batch: Batch) -> dict[JobStatus, int] | None:
    state = await store.batches.get(batch.owner, batch.id)
    return dict(state.counts) if state else None


async def cancel(store: Store, jobs: Sequence[Job]) -> None:
    await store.jobs.change(jobs[0].owner, [job.id for job in jobs], Job.cancel)


async def test_a_batch_reads_back_with_its_jobs_in_their_order(store: Store) -> None:
    made, jobs = await batch(store, 450, "k")
    state = await store.batches.get(made.owner, made.id)
    assert state is not None
    assert (state.batch, state.counts, state.is_done) == (made, {JobStatus.PENDING: 450}, False)
    assert await store.batches.job_ids(made.owner, made.id) == [job.id for job in jobs]
    assert await store.see(jobs[-1]) == jobs[-1]


async def test_a_batch_of_somebody_else_is_not_there(store: Store) -> None:
    made, _ = await batch(store, 1)
    stranger = await store.owner()
    assert await store.batches.get(stranger, made.id) is None
    assert await store.batches.job_ids(stranger, made.id) == []
    assert await store.batches.get(made.owner, uuid4()) is None


async def test_the_same_key_gives_the_first_batch_back_and_stores_nothing(store: Store) -> None:
    first, _ = await batch(store, 2, "k")
    second, jobs = await drafts(store, first.owner, 3, "k")
    assert await store.batches.add(second, jobs) == first
    assert len((await store.jobs.page(first.owner, before=None, limit=10)).jobs) == 2


async def test_of_ten_at_once_with_one_key_one_is_stored(store: Store) -> None:
    owner = await store.owner()
    made = [await drafts(store, owner, 2, "k") for _ in range(10)]
    stored = await asyncio.gather(*(store.batches.add(*each) for each in made))
    assert len({each.id for each in stored}) == 1
    assert len((await store.jobs.page(owner, before=None, limit=30)).jobs) == 2


async def test_keys_of_batches_are_a_space_of_their_own(store: Store) -> None:
    first, _ = await batch(store, 1, "k")
    now = await store.clock.now()
    job = new_job(first.owner, now, idempotency_key="k")
    assert await store.jobs.add([job]) == [job]
    other, jobs = await drafts(store, await store.owner(), 1, "k")
    assert await store.batches.add(other, jobs) == other


async def test_nothing_is_stored_of_a_batch_that_cannot_be(store: Store) -> None:
    made, jobs = await drafts(store, await store.owner(), 3)
    await store.jobs.add(jobs[2:])
    before = await store.jobs.page(made.owner, before=None, limit=10)
    if "Memory" in type(store.jobs).__name__:
        pytest.skip("a dictionary takes every id")
    with pytest.raises(Exception, match="jobs_pkey"):
        await store.batches.add(made, jobs)
    assert await store.jobs.page(made.owner, before=None, limit=10) == before
    assert await counts(store, made) is None


async def test_counts_follow_the_jobs_and_a_batch_is_done_when_all_are_final(store: Store) -> None:
    made, jobs = await batch(store, 3)
    [claimed] = await store.claim(1)
    await cancel(store, [job for job in jobs if job.id != claimed.id])
    assert await counts(store, made) == {JobStatus.IN_PROGRESS: 1, JobStatus.CANCELLED: 2}
    await store.work.finish([claimed.succeed("1", await store.clock.now())])
    state = await store.batches.get(made.owner, made.id)
    assert state is not None
    assert state.is_done


async def test_a_change_may_leave_a_job_as_it_is(store: Store) -> None:
    _, jobs = await batch(store, 2)
    await cancel(store, jobs[:1])
    before = await store.see(jobs[0])
    kept = await store.jobs.change(jobs[0].owner, [job.id for job in jobs], lambda job, now: job)
    assert [job.id for job in kept] == [job.id for job in jobs]
    assert await store.see(jobs[0]) == before
    assert await store.see(jobs[1]) == jobs[1]


async def test_the_list_of_a_batch_is_exact(store: Store) -> None:
    made, jobs = await batch(store, 5)
    await store.add(made.owner, 3)
    wanted = JobFilter(batch_id=made.id)
    first = await store.jobs.page(made.owner, before=None, limit=3, wanted=wanted)
    rest = await store.jobs.page(made.owner, before=first.next, limit=3, wanted=wanted)
    assert [job.id for job in (*first.jobs, *rest.jobs)] == [job.id for job in reversed(jobs)]
    assert rest.next is None
    stranger = await store.jobs.page(await store.owner(), before=None, limit=3, wanted=wanted)
    assert stranger.jobs == []


async def test_a_batch_and_its_key_go_with_its_last_job_by_erasing(store: Store) -> None:
    made, jobs = await batch(store, 2, "k")
    await cancel(store, jobs)
    for job, left in zip(jobs, ({JobStatus.CANCELLED: 1}, None), strict=True):
        await store.jobs.erase(made.owner, [job.id], Job.check_erasable)
        assert await counts(store, made) == left
    again, more = await drafts(store, made.owner, 1, "k")
    assert await store.batches.add(again, more) == again


async def test_a_batch_goes_with_its_last_job_whichever_of_several_sweepers_takes_it(store: Store) -> None:
    made = [await batch(store, 6) for _ in range(5)]
    for _, jobs in made:
        await cancel(store, jobs)
    await store.pass_time(3601)
    while sum(await asyncio.gather(*(store.work.purge(limit=4) for _ in range(5)))):
        pass
    assert [await counts(store, each) for each, _ in made] == [None] * 5
