"""A slot goes on while its jobs are recorded, but never so far that more than one statement waits."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.application.run_times import RunTimes
from jobproc.application.running import RunDueJobs
from jobproc.domain.jobs import Job, JobStatus
from tests.unit.application.memory import House
from tests.unit.application.test_engine import status

pytestmark = pytest.mark.anyio


class Slow(MemoryWork):
    """A store that records nothing until the test lets it; `asked` are the sizes of what came so far."""

    def __init__(self, house: House) -> None:
        super().__init__(house.jobs._store)
        self.asked: list[int] = []
        self.may_record = asyncio.Semaphore(0)
        self.failure: Exception | None = None

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        self.asked.append(len(finished))
        await self.may_record.acquire()
        if self.failure:
            raise self.failure
        return await super().finish(finished)


def one_at_a_time(house: House, work: Slow) -> RunDueJobs:
    """Turns that claim one job each, and leave the others due."""
    turn = house.run_due_jobs(work=work)
    turn.times = RunTimes({"add": 10.0})
    return turn


async def ends(turn: asyncio.Task[int]) -> bool:
    """Whether it has ended by itself within a moment."""
    await asyncio.wait((turn,), timeout=0.05)
    return turn.done()


async def test_a_turn_that_leaves_work_does_not_wait_until_its_own_is_recorded() -> None:
    house = House()
    work = Slow(house)
    turn, [first, *_] = one_at_a_time(house, work), [await house.submit() for _ in range(4)]
    assert await asyncio.wait_for(turn(), 1) == 1
    assert status(house, first) is JobStatus.IN_PROGRESS
    work.may_record.release()
    await turn.recorder.settled()
    assert status(house, first) is JobStatus.SUCCESS


async def test_what_is_run_meanwhile_waits_for_one_statement_and_no_turn_begins_before_that_does() -> None:
    house = House()
    work = Slow(house)
    turn, jobs = one_at_a_time(house, work), [await house.submit() for _ in range(4)]
    await turn()
    await turn()
    third = asyncio.create_task(turn())
    assert not await ends(third)
    assert (work.asked, status(house, jobs[2])) == ([1], JobStatus.PENDING)
    work.may_record.release()
    assert await ends(third)
    assert work.asked == [1, 1]
    for _ in range(2):
        work.may_record.release()
    await turn.recorder.settled()
    assert [status(house, job) for job in jobs[:3]] == [JobStatus.SUCCESS] * 3


async def test_nobody_waits_for_what_was_run_after_its_own() -> None:
    house = House()
    work = Slow(house)
    turn, jobs = one_at_a_time(house, work), [await house.submit() for _ in range(4)]
    await turn()
    first = asyncio.create_task(turn.recorder.settled())
    await asyncio.sleep(0)
    await turn()
    work.may_record.release()
    await asyncio.wait_for(first, 1)
    assert [status(house, job) for job in jobs[:2]] == [JobStatus.SUCCESS, JobStatus.IN_PROGRESS]
    work.may_record.release()
    await turn.recorder.settled()


async def test_a_turn_that_leaves_nothing_waits_until_all_is_recorded() -> None:
    house = House()
    work = Slow(house)
    job = await house.submit()
    turn = asyncio.create_task(house.run_due_jobs(work=work)())
    assert not await ends(turn)
    work.may_record.release()
    assert await turn == 1
    assert status(house, job) is JobStatus.SUCCESS


async def test_a_failure_to_record_is_raised_by_the_turn_that_waits_behind_it() -> None:
    house = House()
    work = Slow(house)
    turn = one_at_a_time(house, work)
    for _ in range(4):
        await house.submit()
    await turn()
    await turn()
    third = asyncio.create_task(turn())
    assert not await ends(third)
    work.failure = LookupError("unforeseen")
    work.may_record.release()
    with pytest.raises(LookupError):
        await third


async def test_a_failure_that_nobody_waited_for_is_raised_by_the_next_turn_before_it_claims() -> None:
    house = House()
    work = Slow(house)
    work.failure = LookupError("unforeseen")
    turn, jobs = one_at_a_time(house, work), [await house.submit() for _ in range(4)]
    await turn()
    work.may_record.release()
    await asyncio.sleep(0.02)
    with pytest.raises(LookupError):
        await asyncio.wait_for(turn(), 1)
    assert status(house, jobs[1]) is JobStatus.PENDING
