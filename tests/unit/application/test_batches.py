"""Batches without a server."""

import asyncio
from uuid import uuid4

import pytest

from jobproc.application.batches import MOST_FAULTS, MOST_HINTS
from jobproc.domain.errors import Fault, InvalidInput, NotFound
from jobproc.domain.jobs import Job, JobStatus
from jobproc.domain.submissions import Submission
from tests.unit.application.memory import OWNER, House

pytestmark = pytest.mark.anyio
GOOD = Submission(operation="add", data="[1,2]")
LATER = Submission(operation="add", data="[1,2]", delay_seconds=60)
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
    assert list(made.job_ids) == sorted(made.job_ids)


async def test_a_batch_that_is_not_due_rings_nobody() -> None:
    house = House()
    await house.submit_batch(OWNER, [LATER])
    assert house.rings == 0
    await house.submit_batch(OWNER, [LATER, GOOD])
    assert house.rings == 1


@pytest.mark.parametrize(("size", "hints"), [(MOST_HINTS, MOST_HINTS), (MOST_HINTS + 1, 1)])
async def test_hints_are_told_up_to_a_hundred_of_them_then_to_read_again(size: int, hints: int) -> None:
    house = House()
    async with house.events.subscribe(OWNER) as news:
        made = await house.submit_batch(OWNER, [GOOD] * size)
        submitted = news.rest()
        await house.cancel_batch(OWNER, made.batch.id)
        for told in (submitted, news.rest()):
            assert len(told) == hints
            assert (told[0] is None) == (hints == 1)


async def test_a_replay_tells_and_rings_nothing() -> None:
    house = House()
    first = await house.submit_batch(OWNER, [GOOD, LATER], idempotency_key="k")
    async with house.events.subscribe(OWNER) as news:
        again = await house.submit_batch(OWNER, [GOOD, LATER], idempotency_key="k")
        assert news.rest() == []
    assert (again.batch, again.job_ids, again.replayed) == (first.batch, first.job_ids, True)
    assert (house.rings, house.sight.names()) == (1, ["batch.submitted"])
    with pytest.raises(InvalidInput) as other:
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
    assert "first" not in error.detail


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


async def test_an_empty_batch_is_refused() -> None:
    assert [fault.code for fault in (await refused(House())).faults] == ["too_short"]


async def test_cancelling_leaves_what_is_final() -> None:
    house = House()
    made = await house.submit_batch(OWNER, [GOOD, GOOD, LATER])
    await house.jobs.change(OWNER, [made.job_ids[0]], Job.cancel)
    [before] = await house.jobs.get(OWNER, [made.job_ids[0]])
    state = await house.cancel_batch(OWNER, made.batch.id)
    assert (dict(state.counts), state.is_done) == ({JobStatus.CANCELLED: 3}, True)
    assert await house.jobs.get(OWNER, [made.job_ids[0]]) == [before]
    for owner, id in ((uuid4(), made.batch.id), (OWNER, uuid4())):
        with pytest.raises(NotFound):
            await house.cancel_batch(owner, id)


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
    with pytest.raises(NotFound):
        await house.wait_for_batch(uuid4(), made.batch.id, 0, until=lambda state: True)
