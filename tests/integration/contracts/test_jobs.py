"""What every `Jobs` promises to the users."""

from datetime import datetime

import pytest
from uuid_utils.compat import uuid7

from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import Job, JobStatus
from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio

EXACT = [
    "[" + "9" * 999 + "]",
    "1e22",
    "1.10",
    '{"b":1,"a":[{}, null]}',
    '"\\u00e9 é 😀 \\\\u0000 \\"quoted\\""',
    "[ 1,\n\t2 ]",
]


def let_pass(job: Job) -> None:
    """Nothing keeps it."""


def cancel(job: Job, now: datetime) -> Job:
    return job.cancel(now)


async def test_a_stored_job_reads_back_as_it_was(store: Store) -> None:
    [job] = await store.add(priority=7, tags=("nightly", 'with "quotes", commas'), delay_seconds=60)
    assert await store.see(job) == job


@pytest.mark.parametrize("data", EXACT)
async def test_data_keeps_its_very_text(store: Store, data: str) -> None:
    [job] = await store.add(data=data)
    seen = await store.see(job)
    assert seen
    assert seen.data == data


async def test_jobs_come_in_the_order_they_are_asked_for(store: Store) -> None:
    owner = await store.owner()
    first, second, third = await store.add(owner, 3)
    found = await store.jobs.get(owner, [third.id, first.id, uuid7(), second.id])
    assert [job.id for job in found] == [third.id, first.id, second.id]


async def test_nobody_sees_or_changes_the_jobs_of_others(store: Store) -> None:
    [job], stranger = await store.add(), await store.owner()
    assert not await store.jobs.get(stranger, [job.id])
    assert not (await store.jobs.page(stranger, before=None, limit=10)).jobs
    assert not await store.jobs.erase(stranger, [job.id], let_pass)
    assert not await store.jobs.change(stranger, [job.id], cancel)
    assert await store.see(job) == job


async def test_a_change_is_stored_with_the_stores_time(store: Store) -> None:
    [job] = await store.add()
    [changed] = await store.jobs.change(job.owner, [job.id], cancel)
    assert changed == await store.see(job)
    assert changed.status is JobStatus.CANCELLED
    assert changed.version == 2
    assert changed.finished_at
    assert abs((changed.finished_at - await store.clock.now()).total_seconds()) < 5


async def test_a_refused_change_undoes_the_whole_call(store: Store) -> None:
    owner = await store.owner()
    first, second = await store.add(owner, 2)
    await store.jobs.change(owner, [second.id], cancel)
    with pytest.raises(Conflict, match="CANCELLED"):
        await store.jobs.change(owner, [first.id, second.id], cancel)
    assert await store.see(first) == first


async def test_a_change_leaves_out_what_is_not_there(store: Store) -> None:
    [job] = await store.add()
    changed = await store.jobs.change(job.owner, [uuid7(), job.id], cancel)
    assert [each.id for each in changed] == [job.id]


async def test_what_is_erased_is_gone_with_its_history_and_frees_its_key(store: Store) -> None:
    owner = await store.owner()
    kept, gone = await store.add(owner, 2)
    [keyed] = await store.add(owner, idempotency_key="k")
    assert list(await store.jobs.erase(owner, [gone.id, uuid7(), keyed.id], let_pass)) == [gone.id, keyed.id]
    assert await store.see(gone) is None
    assert not await store.timeline(gone)
    assert await store.see(kept) == kept
    [again] = await store.add(owner, idempotency_key="k")
    assert await store.see(again) == again


async def test_what_may_not_be_erased_keeps_the_whole_call_from_erasing(store: Store) -> None:
    owner = await store.owner()
    live, final = await store.add(owner, 2)
    await store.jobs.change(owner, [final.id], cancel)
    with pytest.raises(Conflict, match="PENDING"):
        await store.jobs.erase(owner, [final.id, live.id], Job.check_erasable)
    assert await store.see(final)
    assert list(await store.jobs.erase(owner, [final.id], Job.check_erasable)) == [final.id]
