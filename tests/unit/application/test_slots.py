"""How the slots of a worker share what is due, and what it leaves behind when it ends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.application import worker as workers
from jobproc.application.ports import Report
from jobproc.application.run_times import RunTimes
from jobproc.domain.jobs import Job, JobStatus, Outcome, Succeeded
from jobproc.domain.workers import Presence
from tests.unit.application.memory import OPERATIONS, House
from tests.unit.application.test_engine import Paused, Stumbling, status, stop, until

pytestmark = pytest.mark.anyio


class CountingWork(Stumbling):
    """A store that knows how often a worker looked for work, and cared for its claims; to renew is to look, too."""

    renewals = checks = claims = 0

    def stumble(self, call: str) -> None:
        self.claims += call == "claim"

    async def renew(self, claims: Sequence[Job], *, lease: timedelta) -> frozenset[UUID]:
        self.renewals, self.checks = self.renewals + 1, self.checks - 1
        return await super().renew(claims, lease=lease)

    async def held(self, claims: Sequence[Job]) -> frozenset[UUID]:
        self.checks += 1
        return await super().held(claims)


class Gates(Paused):
    """A runner that holds the jobs tagged so until the test lets them go."""

    def __init__(self) -> None:
        super().__init__()
        self.slots = 0
        self.gates: dict[UUID, asyncio.Event] = {}

    async def prepare(self, slots: int) -> None:
        self.slots = slots

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        for job in jobs:
            if "held" in job.tags:
                await self.gates.setdefault(job.id, asyncio.Event()).wait()
            yield job, Succeeded("14")

    def open(self) -> None:
        for gate in self.gates.values():
            gate.set()


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slots that do not look by themselves, and another worker called once at most."""
    monkeypatch.setattr(workers, "LOOK", timedelta(seconds=60))
    monkeypatch.setattr(workers, "RING_SECONDS", 5)


def one_at_a_time(house: House, runner: Gates) -> workers.Worker:
    """A worker that takes its jobs for long ones, so that a turn claims one."""
    worker = house.worker(runner=runner)
    worker.run_due_jobs.times = RunTimes({"add": 10.0})
    return worker


@pytest.mark.usefixtures("deaf")
async def test_a_slot_that_leaves_work_behind_wakes_an_idle_one() -> None:
    house, runner = House(), Gates()
    worker = one_at_a_time(house, runner)
    await house.submit(tags=("held",))
    running = asyncio.create_task(worker(2))
    await until(lambda: len(runner.gates) == 1)
    await house.submit()
    held = [await house.submit(tags=("held",))]
    house.rings = 0
    runner.open()
    await until(lambda: all(job.id in runner.gates for job in held))
    assert house.rings == 0
    runner.open()
    await stop(worker, running)
    assert runner.slots == 2


@pytest.mark.usefixtures("deaf")
async def test_an_idle_slot_hears_at_once_of_what_a_claim_has_left() -> None:
    house, runner = House(), Gates()
    worker = one_at_a_time(house, runner)
    running = asyncio.create_task(worker(2))
    await asyncio.sleep(0.02)
    long, short = await house.submit(tags=("held",)), await house.submit()
    worker.run_due_jobs.hand_on()
    await until(lambda: status(house, short) is JobStatus.SUCCESS)
    assert status(house, long) is JobStatus.IN_PROGRESS
    runner.open()
    await stop(worker, running)


async def test_a_worker_that_stops_rings_for_another_one_to_take_what_it_gives_back() -> None:
    house, runner = House(), Gates()
    worker = house.worker(drain=0.01, runner=runner)
    job = await house.submit(tags=("held",))
    running = asyncio.create_task(worker(1))
    await until(lambda: status(house, job) is JobStatus.IN_PROGRESS)
    house.rings = 0
    await stop(worker, running)
    assert (status(house, job), house.rings) == (JobStatus.PENDING, 1)


@pytest.mark.usefixtures("deaf")
async def test_a_worker_without_an_idle_slot_rings_for_another_one_now_and_then() -> None:
    house, runner = House(), Gates()
    worker = one_at_a_time(house, runner)
    await house.submit(tags=("held",))
    short = [await house.submit() for _ in range(6)]
    house.rings = 0
    running = asyncio.create_task(worker(2))
    await until(lambda: status(house, short[-1]) is JobStatus.SUCCESS)
    assert house.rings == 1
    runner.open()
    await stop(worker, running)


async def test_everything_due_can_be_run_without_a_loop() -> None:
    house, runner = House(), Gates()
    worker = one_at_a_time(house, runner)
    for _ in range(3):
        await house.submit()
    assert await worker.run_all_due() == 3
    assert await worker.run_all_due() == 0


async def test_leases_are_renewed_and_checked_several_times_within_their_length() -> None:
    house, runner = House(), Gates()
    counting = CountingWork(house)
    turn = replace(house.run_due_jobs(work=counting, runner=runner), lease=timedelta(seconds=0.6))
    worker = house.worker_over(turn)
    job = await house.submit(tags=("held",))
    running = asyncio.create_task(worker(1))
    await until(lambda: counting.renewals >= 2 and counting.checks >= 4)
    assert status(house, job) is JobStatus.IN_PROGRESS
    assert 0 <= worker.deaf_for() < 3
    runner.open()
    await stop(worker, running)


async def test_a_worker_that_has_ended_leaves_nothing_running() -> None:
    worker, before = House().worker(), asyncio.all_tasks()
    running = asyncio.create_task(worker(2))
    await asyncio.sleep(0.01)
    await stop(worker, running)
    assert not asyncio.all_tasks() - before


async def test_a_worker_says_who_it_is_from_the_start_and_again_until_it_leaves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workers, "ANNOUNCE", timedelta(seconds=0.01))
    house = House()
    worker = house.worker()
    mine = Presence(worker.run_due_jobs.worker_id, "here:1", 2, frozenset(OPERATIONS))
    running = asyncio.create_task(worker(2))
    for _ in range(2):
        while list(await house.workers.present()) != [mine]:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        await house.workers.leave(mine.id)
    await stop(worker, running)
    assert list(await house.workers.present()) == []


async def test_a_worker_is_known_with_its_slots_from_the_start() -> None:
    house = House()
    worker = house.worker()
    running = asyncio.create_task(worker(3))
    await asyncio.sleep(0.02)
    assert [each.slots for each in await house.workers.present()] == [3]
    await stop(worker, running)


async def test_an_idle_worker_looks_seldom_and_one_that_has_worked_soon_again() -> None:
    house = House()
    counting = CountingWork(house)
    worker = house.worker_over(house.run_due_jobs(work=counting))
    running = asyncio.create_task(worker(1))
    await asyncio.sleep(0.3)
    assert counting.claims == 1
    await house.submit()
    worker.wake()
    await until(lambda: counting.claims == 3)
    await stop(worker, running)
    assert not await house.workers.present()
