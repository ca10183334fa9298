"""Claiming, running and recording; and what keeps on doing it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.application.ports import Report, Take, take_all
from jobproc.application.worker import Worker
from jobproc.domain.errors import Unavailable
from jobproc.domain.jobs import ErrorCode, Job, JobStatus, Outcome, Succeeded
from tests.unit.application.memory import LEASE, OWNER, House

pytestmark = pytest.mark.anyio

AWAY = Unavailable("The store is away.")


class Stumbling(MemoryWork):
    """A store that is away for the first calls of each kind."""

    def __init__(self, house: House, failures: int = 1) -> None:
        super().__init__(house.jobs._store)
        self.left = {"claim": failures, "finish": failures, "promote": failures}

    def stumble(self, call: str) -> None:
        self.left[call] -= 1
        if self.left[call] >= 0:
            raise AWAY

    async def claim(
        self,
        worker: UUID,
        operations: Collection[str],
        *,
        limit: int,
        lease: timedelta,
        take: Take = take_all,
    ) -> Sequence[Job]:
        self.stumble("claim")
        return await super().claim(worker, operations, limit=limit, lease=lease, take=take)

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        self.stumble("finish")
        return await super().finish(finished)

    async def promote(self, *, limit: int) -> Sequence[Job]:
        self.stumble("promote")
        return await super().promote(limit=limit)


class Paused:
    """A runner whose jobs end when the test says so."""

    def __init__(self) -> None:
        self.started, self.go_on = asyncio.Event(), asyncio.Event()
        self.stopped: list[UUID] = []

    async def prepare(self, slots: int) -> None:
        pass

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        for job in jobs:
            self.started.set()
            await self.go_on.wait()
            yield job, Succeeded("14")

    def stop(self, id: UUID) -> None:
        self.stopped.append(id)


async def until(is_so: Callable[[], bool], seconds: float = 3) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


def status(house: House, job: Job) -> JobStatus:
    found = house.jobs._store.get(job.id)
    assert found
    return found.status


async def run_one(house: House, operation: str, data: str) -> Job:
    job = await house.submit(operation, data)
    await house.run_due_jobs()()
    return await house.see(job)


async def stop(worker: Worker, running: asyncio.Task[None]) -> None:
    worker.stop()
    await asyncio.wait_for(running, 5)


@pytest.mark.parametrize(("operation", "result"), [("add", "3"), ("add_later", "3")])
async def test_a_due_job_is_run_and_recorded(operation: str, result: str) -> None:
    job = await run_one(House(), operation, "[1,2]")
    assert (job.status, job.result, job.attempt, job.version) == (JobStatus.SUCCESS, result, 1, 3)


async def test_a_job_may_know_its_id_and_its_attempt() -> None:
    job = await run_one(House(), "tell", "null")
    assert job.result == f'{{"id":"{job.id}","attempt":1}}'


@pytest.mark.parametrize(
    ("operation", "data", "code", "name"),
    [
        ("fail", '"boom"', ErrorCode.OPERATION_FAILED, "ValueError"),
        ("leave", "1", ErrorCode.OPERATION_FAILED, "SystemExit"),
        ("lie", '"x"', ErrorCode.INVALID_RESULT, "InvalidResult"),
        ("sleep", "1", ErrorCode.TIMEOUT, "TimeoutError"),
    ],
)
async def test_an_attempt_that_goes_wrong_fails_its_job_at_once(
    operation: str, data: str, code: ErrorCode, name: str
) -> None:
    job = await run_one(House(), operation, data)
    assert job.error
    assert (job.status, job.error.code, job.error.type) == (JobStatus.FAILED, code, name)


@pytest.mark.parametrize(("operation", "data"), [("stumble", '"x"'), ("sleep_again", "1")])
async def test_what_is_worth_another_attempt_is_dated_anew(operation: str, data: str) -> None:
    job = await run_one(House(), operation, data)
    assert (job.status, job.attempt) == (JobStatus.SCHEDULED, 1)


async def test_nothing_due_is_nothing_claimed() -> None:
    assert await House().run_due_jobs()() == 0


async def test_the_outcome_of_a_lost_claim_is_dropped() -> None:
    house, runner = House(), Paused()
    turn = house.run_due_jobs(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(turn())
    await runner.started.wait()
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    runner.go_on.set()
    await running
    assert status(house, job) is JobStatus.CANCELLED
    assert not turn.claims.held


async def test_an_attempt_that_was_lost_does_not_take_the_next_ones_claim_along() -> None:
    house, first, second = House(), Paused(), Paused()
    turn = house.run_due_jobs(runner=first)
    job = await house.submit()
    losing = asyncio.create_task(turn())
    await first.started.wait()
    house.ahead = LEASE * 2
    await house.maintain()
    winning = asyncio.create_task(replace(turn, runner=second)())
    await second.started.wait()
    first.go_on.set()
    await losing
    assert status(house, job) is JobStatus.IN_PROGRESS
    second.go_on.set()
    await winning
    assert ((await house.see(job)).status, (await house.see(job)).attempt) == (JobStatus.SUCCESS, 2)


async def test_a_renewal_keeps_what_is_held_and_lets_go_of_the_rest() -> None:
    house, runner = House(), Paused()
    turn = house.run_due_jobs(runner=runner)
    kept, lost = await house.submit(), await house.submit()
    tasks = [asyncio.create_task(turn()) for _ in range(2)]
    await until(lambda: len(turn.claims.held) == 2)
    await house.jobs.change(OWNER, [lost.id], Job.cancel)
    house.ahead = timedelta(seconds=10)
    await turn.renew()
    assert set(turn.claims.held) == {kept.id}
    assert not turn.claims.lapsed()
    renewed = await house.see(kept)
    assert renewed.lease_until
    assert renewed.started_at
    assert renewed.lease_until - renewed.started_at > LEASE
    runner.go_on.set()
    await asyncio.gather(*tasks)


async def test_a_result_is_recorded_once_the_store_is_back() -> None:
    house = House()
    job = await house.submit()
    stumbling = Stumbling(house)
    stumbling.left["claim"] = 0
    await house.run_due_jobs(work=stumbling)()
    assert status(house, job) is JobStatus.SUCCESS


async def test_a_worker_wakes_at_once_when_the_bell_rings() -> None:
    house = House()
    worker = house.worker()
    house.queue.listen(worker.wake)
    running = asyncio.create_task(worker(2))
    await asyncio.sleep(0.05)
    started = time.monotonic()
    job = await house.submit()
    await until(lambda: status(house, job) is JobStatus.SUCCESS)
    assert time.monotonic() - started < 0.5
    await stop(worker, running)


async def test_a_worker_looks_by_itself_when_no_bell_comes() -> None:
    house = House()
    worker = house.worker()
    running = asyncio.create_task(worker(1))
    await asyncio.sleep(0.05)
    job = await house.submit()
    await until(lambda: status(house, job) is JobStatus.SUCCESS)
    await stop(worker, running)


async def test_a_worker_outlives_a_store_that_is_away() -> None:
    house = House()
    job = await house.submit()
    worker = house.worker_over(house.run_due_jobs(work=Stumbling(house)))
    running = asyncio.create_task(worker(1))
    await until(lambda: status(house, job) is JobStatus.SUCCESS)
    await stop(worker, running)
    assert house.sight.facts("store.away") == [{"reason": AWAY.detail}] * 2


async def test_a_stopping_worker_lets_a_short_job_end() -> None:
    house, runner = House(), Paused()
    worker = house.worker(drain=2, runner=runner)
    job = await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    worker.stop()
    runner.go_on.set()
    await running
    assert status(house, job) is JobStatus.SUCCESS


async def test_a_stopping_worker_gives_back_what_outlasts_the_drain() -> None:
    house, runner = House(), Paused()
    worker = house.worker(drain=0.05, runner=runner)
    job = await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    worker.stop()
    await asyncio.wait_for(running, 1)
    returned = await house.see(job)
    assert (returned.status, returned.attempt, returned.queued_at) == (JobStatus.PENDING, 0, job.queued_at)


async def test_a_stopping_worker_claims_nothing_more() -> None:
    house = House()
    worker = house.worker()
    worker.stop()
    job = await house.submit()
    await worker(2)
    assert status(house, job) is JobStatus.PENDING


async def test_a_worker_that_fails_says_so_instead_of_standing_still() -> None:
    class Broken(MemoryWork):
        async def claim(
            self,
            worker: UUID,
            operations: Collection[str],
            *,
            limit: int,
            lease: timedelta,
            take: Take = take_all,
        ) -> Sequence[Job]:
            raise LookupError("unforeseen")

    house = House()
    worker = house.worker_over(house.run_due_jobs(work=Broken(house.jobs._store)))
    with pytest.raises(LookupError):
        await asyncio.wait_for(worker(2), 2)
