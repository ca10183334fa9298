"""Batches without a server."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application import batches
from jobproc.application.batches import MOST_FAULTS, MOST_HINTS, CancelBatch
from jobproc.application.ports import Page
from jobproc.domain.errors import Fault, InvalidInput, NotFound
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.submissions import Submission
from tests.unit.application.memory import LEASE, OWNER, House

pytestmark = pytest.mark.anyio
GOOD = Submission(operation="add", data="[1,2]")
LATER = Submission(operation="add", data="[1,2]", delay_seconds=60)
WISHES: dict[str, st.SearchStrategy[Any]] = {
    "operation": st.sampled_from(["add", "add_later"]),
    "data": st.sampled_from(["[1,2]", "[3]"]),
    "priority": st.sampled_from([0, 5]),
    "delay_seconds": st.sampled_from([None, 60]),
    "timeout_seconds": st.sampled_from([None, 7]),
    "tags": st.sampled_from([(), ("a",)]),
}
SUBMISSIONS = st.fixed_dictionaries(WISHES).map(lambda asked: Submission(**asked))
BAD = InvalidInput("no", faults=[Fault("/x", "wrong", "no"), Fault("/y", "wrong", "no")])


async def refused(house: House, *asked: Submission | InvalidInput) -> InvalidInput:
    with pytest.raises(InvalidInput) as found:
        await house.submit_batch(OWNER, asked)
    assert (await house.jobs.page(OWNER, before=None, limit=1)).jobs == []
    assert house.rings == 0
    return found.value


async def test_a_batch_rings_once_and_is_seen_once() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD] * 3, request_id="r")
    assert (house.rings, house.sight.names()) == (1, ["batch.submitted"])
    assert house.sight.facts("batch.submitted") == [{"batch": made.batch.id, "total": 3, "request": "r"}]
    assert (made.batch.total, made.batch.fingerprint, made.replayed) == (3, None, False)
    assert [made.batch.id, *made.job_ids] == sorted({made.batch.id, *made.job_ids})
    [job] = await house.jobs.get(OWNER, [made.job_ids[0]])
    assert made.batch.created_at == job.created_at


@given(asked=st.lists(SUBMISSIONS, min_size=1, max_size=8))
async def test_the_jobs_of_a_batch_are_what_each_would_be_by_itself(asked: list[Submission]) -> None:
    house = House()
    made = await house.submit_batch(OWNER, asked)
    stored = await house.jobs.get(OWNER, made.job_ids)
    alone = [
        house.submit_job.draft(OWNER, each, made.batch.created_at, id=id, batch_id=made.batch.id)
        for each, id in zip(asked, made.job_ids, strict=True)
    ]
    assert list(stored) == alone


async def test_what_follows_a_refused_job_is_looked_at_all_the_same() -> None:
    unfit = GOOD.with_data('"text"')
    for asked in ([unfit, GOOD, unfit], [GOOD, unfit, GOOD, unfit, LATER]):
        faults = (await refused(House(), *asked)).faults
        places = [place for place, each in enumerate(asked) if each is unfit]
        assert [fault.pointer for fault in faults] == [f"/jobs/{place}/data" for place in places]


async def test_a_batch_that_is_not_due_rings_nobody() -> None:
    house = House()
    await house.submit_batch(OWNER, [LATER])
    assert house.rings == 0
    await house.submit_batch(OWNER, [LATER, GOOD])
    assert house.rings == 1


@pytest.mark.parametrize(("size", "hints"), [(MOST_HINTS, MOST_HINTS), (MOST_HINTS + 1, 1)])
async def test_hints_are_told_up_to_a_hundred_of_them_then_to_read_again(size: int, hints: int) -> None:
    house = House()
    async with house.events.subscribe(OWNER) as news, house.events.subscribe(uuid4()) as others:
        made = await house.submit_batch(OWNER, [GOOD] * size)
        submitted = news.rest()
        await house.cancel_batch(OWNER, made.batch.id)
        for told in (submitted, news.rest()):
            assert len(told) == hints
            assert (told[0] is None) == (hints == 1)
        assert others.rest() == []


async def test_a_replay_tells_and_rings_nothing() -> None:
    house = House()
    first = await house.submit_batch(OWNER, [GOOD, LATER], idempotency_key="k")
    async with house.events.subscribe(OWNER) as news:
        again = await house.submit_batch(OWNER, [GOOD, LATER], idempotency_key="k")
        assert news.rest() == []
    assert (again.batch, again.job_ids, again.replayed) == (first.batch, first.job_ids, True)
    assert (house.rings, house.sight.names()) == (1, ["batch.submitted"])
    with pytest.raises(InvalidInput, match=r"^This Idempotency-Key came with another request") as other:
        await house.submit_batch(OWNER, [LATER, GOOD], idempotency_key="k")
    assert other.value.code == "idempotency-mismatch"


async def test_faults_are_below_the_index_of_their_job() -> None:
    unknown = Submission(operation="nope", data="1")
    error = await refused(House(), GOOD, BAD, unknown, Submission(operation="add", data='["x"]'))
    assert [fault.pointer for fault in error.faults] == [
        "/jobs/1/x",
        "/jobs/1/y",
        "/jobs/2/operation",
        "/jobs/3/data/0",
    ]
    assert error.faults[2].code == "unknown-operation"
    assert error.detail == "Nothing was stored: some jobs cannot be accepted."


async def test_reading_ends_with_the_hundredth_fault() -> None:
    read = 0

    def endless() -> object:
        nonlocal read
        while True:
            read += 1
            yield BAD

    with pytest.raises(InvalidInput, match=f"first {MOST_FAULTS} faults") as found:
        await House().submit_batch(OWNER, endless())  # type: ignore[arg-type]
    assert (len(found.value.faults), read) == (MOST_FAULTS, MOST_FAULTS // 2)


async def test_a_batch_has_from_one_job_to_the_most_that_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LARGEST_BATCH", 3)
    for size, code, detail in (
        (0, "too_short", "A batch has at least one job."),
        (4, "too_long", "A batch has at most 3 jobs."),
    ):
        refusal = await refused(House(), *[GOOD] * size)
        assert (refusal.detail, refusal.faults) == (detail, (Fault("/jobs", code, detail),))
    assert (await House().submit_batch(OWNER, [GOOD] * 3)).batch.total == 3


async def test_cancelling_leaves_what_is_final() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD, GOOD, LATER])
    await house.jobs.change(OWNER, [made.job_ids[0]], Job.cancel)
    [before] = await house.jobs.get(OWNER, [made.job_ids[0]])
    state = await house.cancel_batch(OWNER, made.batch.id)
    assert (dict(state.counts), state.is_done) == ({JobStatus.CANCELLED: 3}, True)
    assert await house.jobs.get(OWNER, [made.job_ids[0]]) == [before]
    for owner, id in ((uuid4(), made.batch.id), (OWNER, uuid4())):
        with pytest.raises(NotFound, match=r"^Batch not found$"):
            await house.cancel_batch(owner, id)


async def test_cancelling_touches_and_tells_of_what_is_open_in_that_batch_only() -> None:
    house = House()
    alone, other = await house.submit(), await house.submit_batch(OWNER, [GOOD])
    made = await house.submit_batch(OWNER, [GOOD] * 3)
    await house.jobs.change(OWNER, [made.job_ids[0]], Job.cancel)
    async with house.events.subscribe(OWNER) as news:
        await house.cancel_batch(OWNER, made.batch.id)
        assert {hint.job for hint in news.rest() if hint} == set(made.job_ids[1:])
    left = await house.jobs.get(OWNER, [alone.id, *other.job_ids])
    assert {job.status for job in left} == {JobStatus.PENDING}


async def test_a_job_that_ends_while_its_batch_is_cancelled_stops_nothing() -> None:
    class Racing(MemoryJobs):
        async def page(self, owner: UUID, **how: Any) -> Page:
            seen = await super().page(owner, **how)
            [claim] = await house.work.claim(uuid4(), ["add"], limit=1, lease=LEASE)
            await house.work.finish([claim.succeed("3", await house.now())])
            return seen

    house = House()
    made = await house.submit_batch(OWNER, [GOOD] * 3)
    cancel = CancelBatch(house.batches, Racing(house.jobs._store), house.events)
    state = await cancel(OWNER, made.batch.id)
    assert dict(state.counts) == {JobStatus.SUCCESS: 1, JobStatus.CANCELLED: 2}


async def test_a_wait_ends_with_the_last_job_or_with_its_time() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD, GOOD])
    early = await house.wait_for_batch(OWNER, made.batch.id, 0.05, until=lambda state: state.is_done)
    assert not early.is_done
    waiting = asyncio.create_task(
        house.wait_for_batch(OWNER, made.batch.id, 20, until=lambda state: state.is_done)
    )
    for id in made.job_ids:
        await asyncio.sleep(0.01)
        assert not waiting.done()
        await house.cancel_job(OWNER, id)
    assert (await waiting).is_done


async def test_a_short_wait_is_a_wait_too() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD])
    waiting = asyncio.create_task(
        house.wait_for_batch(OWNER, made.batch.id, 0.9, until=lambda state: state.is_done)
    )
    await asyncio.sleep(0.01)
    await house.cancel_job(OWNER, made.job_ids[0])
    assert (await waiting).is_done


async def test_a_wait_for_a_batch_ends_with_it_when_only_word_of_lost_hints_comes() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD] * (MOST_HINTS + 1))
    waiting = asyncio.create_task(
        house.wait_for_batch(OWNER, made.batch.id, 20, until=lambda state: state.is_done)
    )
    await asyncio.sleep(0.01)
    await house.cancel_batch(OWNER, made.batch.id)
    assert (await asyncio.wait_for(waiting, 5)).is_done


async def test_nobody_else_waits_for_a_batch() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD])
    with pytest.raises(NotFound):
        await house.wait_for_batch(uuid4(), made.batch.id, 0, until=lambda state: True)
