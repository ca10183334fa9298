"""Every outcome is recorded, and one that cannot be stored ends its own job only."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.application import recorder
from jobproc.domain.errors import InvalidInput, Unavailable
from jobproc.domain.jobs import ErrorCode, Job, JobStatus
from tests.unit.application.memory import LEASE, House

pytestmark = pytest.mark.anyio


@dataclass
class Picky:
    """What goes wrong, and the sizes of the batches that came."""

    bad: set[UUID] = field(default_factory=set)
    failures: list[Exception] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


class PickyWork(MemoryWork):
    def __init__(self, house: House, picky: Picky) -> None:
        super().__init__(house.jobs._store)
        self.picky = picky

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        self.picky.sizes.append(len(finished))
        await asyncio.sleep(0)
        if self.picky.failures:
            raise self.picky.failures.pop(0)
        if any(job.id in self.picky.bad and job.result for job in finished):
            raise InvalidInput("no")
        return await super().finish(finished)


async def some_claimed(house: House, count: int) -> list[tuple[Job, Job]]:
    for _ in range(count):
        await house.submit()
    claimed = await house.work.claim(UUID(int=7), ["add"], limit=count, lease=LEASE)
    return [(job, job.succeed("3", await house.now())) for job in claimed]


async def test_what_comes_while_a_statement_is_under_way_shares_the_next_one() -> None:
    house, picky = House(), Picky()
    recording = house.recorder(PickyWork(house, picky))
    first, *others = await some_claimed(house, 6)
    recording.put(*first)
    await asyncio.sleep(0)
    for each in others:
        recording.put(*each)
    await recording.settled()
    assert picky.sizes == [1, 5]
    assert [(await house.see(job)).status for job, _ in (first, *others)] == [JobStatus.SUCCESS] * 6


async def test_what_comes_after_everything_was_recorded_is_recorded_too() -> None:
    house = House()
    recording = house.recorder(house.work)
    for each in await some_claimed(house, 2):
        recording.put(*each)
        await recording.settled()
        assert (await house.see(each[0])).status is JobStatus.SUCCESS


async def test_operators_see_how_each_job_ended_and_how_long_it_took() -> None:
    house = House()
    recording = house.recorder(house.work)
    job = await house.submit(request_id="r-1")
    [claimed] = await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    recording.put(claimed, claimed.succeed("3", claimed.changed_at + timedelta(seconds=2)))
    await recording.settled()
    assert house.sight.facts("job.settled") == [
        {
            "job": job.id,
            "request": "r-1",
            "attempt": 1,
            "user": job.owner,
            "waited": (claimed.changed_at - job.created_at).total_seconds(),
            "seconds": 2.0,
            "operation": "add",
            "status": "SUCCESS",
            "cause": "succeeded",
        }
    ]


async def test_an_attempt_that_does_not_count_has_no_duration() -> None:
    house = House()
    recording = house.recorder(house.work)
    [(claimed, _)] = await some_claimed(house, 1)
    recording.put(claimed, claimed.give_back(claimed.changed_at))
    await recording.settled()
    assert [facts["seconds"] for facts in house.sight.facts("job.settled")] == [None]


@pytest.mark.parametrize("bad", [[0], [6], [2, 3], [0, 1, 2, 3, 4, 5, 6]])
async def test_only_what_cannot_be_stored_fails(bad: list[int]) -> None:
    house, picky = House(), Picky()
    recording = house.recorder(PickyWork(house, picky))
    jobs = await some_claimed(house, 7)
    picky.bad = {jobs[each][0].id for each in bad}
    for each in jobs:
        recording.put(*each)
    await recording.settled()
    for claimed, _ in jobs:
        seen = await house.see(claimed)
        assert (seen.status is JobStatus.FAILED) == (claimed.id in picky.bad)
        assert seen.error is None or seen.error.code is ErrorCode.INVALID_RESULT
    told = house.sight.facts("job.unstorable")
    assert {facts["job"] for facts in told} == picky.bad
    assert [facts["operation"] for facts in told] == ["add"] * len(bad)


async def test_a_store_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder, "RETRY_SECONDS", 0.01)
    house, picky = House(), Picky(failures=[Unavailable("away")] * 3)
    recording = house.recorder(PickyWork(house, picky))
    [each] = await some_claimed(house, 1)
    recording.put(*each)
    await recording.settled()
    assert (await house.see(each[0])).status is JobStatus.SUCCESS
    assert house.sight.facts("store.away") == [{"reason": "away"}] * 3


async def test_an_unforeseen_failure_is_seen_however_late_one_asks() -> None:
    house, picky = House(), Picky(failures=[LookupError("unforeseen")])
    recording = house.recorder(PickyWork(house, picky))
    first, second = await some_claimed(house, 2)
    recording.put(*first)
    await asyncio.sleep(0.01)
    recording.put(*second)
    for _ in range(2):
        with pytest.raises(LookupError):
            await recording.settled()


async def test_a_stale_report_is_told_and_dropped() -> None:
    house = House()
    recording = house.recorder(house.work)
    [(claimed, settled)] = await some_claimed(house, 1)
    await house.jobs.change(claimed.owner, [claimed.id], Job.cancel)
    recording.put(claimed, settled)
    await recording.settled()
    assert house.sight.facts("job.stale_report") == [
        {"job": claimed.id, "request": None, "attempt": 1, "version": settled.version}
    ]
    assert (await house.see(claimed)).status is JobStatus.CANCELLED
