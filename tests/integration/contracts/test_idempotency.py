"""What every `Jobs` promises of jobs with an idempotency key."""

import asyncio
import random

import pytest

from jobproc.domain.jobs import Job
from tests.integration.contracts.stores import Store, new_job

pytestmark = pytest.mark.anyio


async def keyed(store: Store, owner: object, *keys: str | None) -> list[Job]:
    now = await store.clock.now()
    return [new_job(owner, now, idempotency_key=key, request_id=f"for {key}") for key in keys]  # type: ignore[arg-type]


async def test_a_key_its_fingerprint_and_its_request_read_back(store: Store) -> None:
    [job] = await keyed(store, await store.owner(), "k")
    assert await store.jobs.add([job]) == [job]
    assert await store.see(job) == job
    assert (job.idempotency_key, job.request_id) == ("k", "for k")
    assert job.fingerprint


async def test_the_same_key_gives_the_first_job_back(store: Store) -> None:
    owner = await store.owner()
    first, second = await keyed(store, owner, "k", "k")
    await store.jobs.add([first])
    [cancelled] = await store.jobs.change(owner, [first.id], Job.cancel)
    assert await store.jobs.add([second]) == [cancelled]
    assert await store.see(second) is None


async def test_of_twenty_at_once_with_one_key_one_is_stored(store: Store) -> None:
    owner = await store.owner()
    jobs = await keyed(store, owner, *["k"] * 20)
    answers = await asyncio.gather(*(store.jobs.add([job]) for job in jobs))
    assert len({job.id for [job] in answers}) == 1
    assert len((await store.jobs.page(owner, before=None, limit=30)).jobs) == 1


async def test_another_owner_may_use_the_same_key(store: Store) -> None:
    for _ in range(2):
        [job] = await keyed(store, await store.owner(), "k")
        assert await store.jobs.add([job]) == [job]


async def test_jobs_without_a_key_are_never_taken_for_each_other(store: Store) -> None:
    jobs = await keyed(store, await store.owner(), None, None)
    assert await store.jobs.add(jobs) == jobs


async def test_a_key_twice_in_one_call_is_one_job(store: Store) -> None:
    owner = await store.owner()
    first, free, second = await keyed(store, owner, "k", None, "k")
    answers = await store.jobs.add([first, free, second])
    assert answers[0] == answers[2]
    assert answers[1] == free
    assert len((await store.jobs.page(owner, before=None, limit=10)).jobs) == 2


async def test_a_purged_job_frees_its_key(store: Store) -> None:
    owner = await store.owner()
    first, second = await keyed(store, owner, "k", "k")
    await store.jobs.add([first])
    await store.jobs.change(owner, [first.id], Job.cancel)
    await store.pass_time(3601)
    assert await store.work.purge(limit=10) == 1
    assert await store.jobs.add([second]) == [second]


async def test_batches_that_share_keys_in_any_order_do_not_block_each_other(store: Store) -> None:
    owners = [await store.owner() for _ in range(3)]
    chance = random.Random(3)

    async def add() -> list[Job]:
        jobs = [each for owner in owners for each in await keyed(store, owner, "a", "b", "c", "d", None)]
        chance.shuffle(jobs)
        answers = await store.jobs.add(jobs)
        assert [each.idempotency_key for each in answers] == [job.idempotency_key for job in jobs]
        return list(answers)

    answers = await asyncio.gather(*(add() for _ in range(12)))
    assert len({job.id for jobs in answers for job in jobs if job.idempotency_key}) == 4 * len(owners)
