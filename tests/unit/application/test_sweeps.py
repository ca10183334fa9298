"""What maintenance does in one look, and that it keeps on looking."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.application import maintenance
from jobproc.application.maintenance import SWEEP_LIMIT
from jobproc.domain.jobs import Job, JobStatus
from tests.unit.application.memory import LEASE, OWNER, House
from tests.unit.application.test_engine import AWAY, Stumbling, status, until

pytestmark = pytest.mark.anyio


class LimitedWork(MemoryWork):
    """A store that knows how much was asked for at once."""

    def __init__(self, house: House) -> None:
        super().__init__(house.jobs._store)
        self.limits: list[int] = []

    async def rescue(self, *, limit: int, jitter: Callable[[], float]) -> Sequence[Job]:
        self.limits.append(limit)
        return await super().rescue(limit=limit, jitter=jitter)

    async def promote(self, *, limit: int) -> Sequence[Job]:
        self.limits.append(limit)
        return await super().promote(limit=limit)

    async def purge(self, *, limit: int) -> int:
        self.limits.append(limit)
        return await super().purge(limit=limit)


@pytest.mark.parametrize("wishes", [{}, {"delay_seconds": 5}])
async def test_a_sweep_makes_due_what_was_lost_or_waited_and_rings(wishes: dict[str, Any]) -> None:
    house = House()
    job = await house.submit(**wishes)
    await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    house.ahead, house.rings = timedelta(seconds=20), 0
    await house.maintain()
    assert status(house, job) is JobStatus.PENDING
    assert house.rings == len(house.sight.facts("jobs.swept")) == 1


async def test_operators_see_what_a_sweep_did_and_nothing_of_an_idle_one() -> None:
    house = House()
    await house.maintain()
    assert not house.sight.events
    ended = [await house.submit() for _ in range(3)]
    await house.jobs.change(OWNER, [job.id for job in ended], Job.cancel)
    for _ in range(2):
        await house.submit()
        await house.work.claim(UUID(int=7), ["add"], limit=1, lease=timedelta(hours=1))
    await house.submit(delay_seconds=3600)
    house.ahead = timedelta(hours=1, minutes=1)
    await house.maintain()
    assert house.sight.facts("jobs.swept") == [{"rescued": 2, "promoted": 1, "purged": 3}]


async def test_a_sweep_purges_what_is_past_its_retention() -> None:
    house = House()
    job = await house.submit()
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    house.ahead = timedelta(hours=2)
    await house.maintain()
    assert not await house.jobs.get(OWNER, [job.id])


async def test_a_sweep_rings_again_for_work_that_nobody_came_for() -> None:
    house = House()
    await house.submit()
    house.rings = 0
    await house.maintain()
    assert house.rings == 0
    house.ahead = timedelta(seconds=2.5)
    await house.maintain()
    assert house.rings == 1


async def test_maintenance_outlives_a_store_that_is_away() -> None:
    house = House()
    job = await house.submit(delay_seconds=5)
    house.ahead = timedelta(seconds=10)
    sweep = timedelta(seconds=0.01)
    house.maintain = house.maintain_over(Stumbling(house), sweep)
    stopping = asyncio.Event()
    running = asyncio.create_task(house.maintain.for_ever(stopping))
    await until(lambda: status(house, job) is JobStatus.PENDING)
    stopping.set()
    await asyncio.wait_for(running, 1)
    assert house.sight.facts("store.away") == [{"reason": AWAY.detail}]


async def test_a_sweep_never_asks_for_everything_at_once() -> None:
    house = House()
    work = LimitedWork(house)
    await house.maintain_over(work)()
    assert work.limits == [SWEEP_LIMIT] * 3


async def test_what_one_look_leaves_does_not_wait_for_a_whole_sweep() -> None:
    house = House()
    many = [await house.submit(delay_seconds=5) for _ in range(SWEEP_LIMIT + 1)]
    house.ahead = timedelta(seconds=10)
    stopping = asyncio.Event()
    sweep = timedelta(seconds=5)
    running = asyncio.create_task(house.maintain_over(house.work, sweep).for_ever(stopping))
    await until(lambda: all(status(house, job) is JobStatus.PENDING for job in many))
    stopping.set()
    await asyncio.wait_for(running, 1)


async def test_operators_see_each_job_that_is_taken_from_a_worker() -> None:
    house = House()
    job = await house.submit(request_id="abc")
    await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    house.ahead = timedelta(seconds=20)
    await house.maintain()
    who = {"job": job.id, "user": OWNER, "request": "abc", "operation": "add"}
    assert house.sight.facts("job.rescued") == [{**who, "status": "PENDING", "losses": 1}]


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_look_that_leaves_nothing_or_fails_waits_for_the_next_sweep(
    is_away: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whoever hurried would look all the time.
    monkeypatch.setattr(maintenance, "HURRY", 10**9)
    house, looks = House(), 0

    class CountedWork(MemoryWork):
        async def overdue(self, age: timedelta) -> bool:
            nonlocal looks
            looks += 1
            if is_away:
                raise AWAY
            return await super().overdue(age)

    stopping = asyncio.Event()
    maintain = house.maintain_over(CountedWork(house.jobs._store), sweep=timedelta(seconds=60))
    running = asyncio.create_task(maintain.for_ever(stopping))
    await asyncio.sleep(0.05)
    stopping.set()
    await asyncio.wait_for(running, 1)
    assert looks == 1


async def test_a_sweep_forgets_sessions_that_are_over_and_says_how_many() -> None:
    class ManySessions(MemorySessions):
        asked = 0

        async def purge(self, *, limit: int) -> int:
            self.asked = limit
            return 3

    house = House()
    sessions = ManySessions(house.clock)
    await replace(house.maintain, sessions=sessions)()
    assert sessions.asked == SWEEP_LIMIT
    assert house.sight.facts("sessions.swept") == [{"purged": 3}]
