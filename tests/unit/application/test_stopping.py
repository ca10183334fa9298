"""What becomes of work that is no longer wanted, and of a worker whose store is away when it stops."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.application import worker as workers
from jobproc.domain.errors import ConfigurationError, Unavailable
from jobproc.domain.jobs import Job, JobStatus, Progress
from tests.unit.application.memory import OWNER, House
from tests.unit.application.test_engine import Paused, stop, until

pytestmark = pytest.mark.anyio


class FailingWork(MemoryWork):
    """A store that never takes a report."""

    def __init__(self, house: House, failure: Exception) -> None:
        super().__init__(house.jobs._store)
        self.failure = failure

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        raise self.failure


async def test_the_work_on_a_cancelled_job_is_stopped_by_the_next_check() -> None:
    house, runner = House(), Paused()
    worker = house.worker(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    await house.jobs.change(OWNER, [job.id], Job.cancel)
    await until(lambda: runner.stopped == [job.id])
    runner.go_on.set()
    await stop(worker, running)
    assert (await house.see(job)).status is JobStatus.CANCELLED


async def test_progress_reaches_the_store_while_the_job_runs() -> None:
    house, runner = House(), Paused()
    worker = house.worker(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    claims = worker.run_due_jobs.claims
    claims.report(claims.held[job.id].job, Progress(1, 2, "half"))
    await asyncio.sleep(0.7)
    seen = await house.see(job)
    assert (seen.status, seen.progress, seen.version) == (JobStatus.IN_PROGRESS, Progress(1, 2, "half"), 2)
    runner.go_on.set()
    await stop(worker, running)


async def test_a_worker_ends_although_its_store_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "LAST_MOMENT", timedelta(seconds=0.2))
    house, runner = House(), Paused()
    work = FailingWork(house, Unavailable("away"))
    worker = house.worker_over(house.run_due_jobs(work=work, runner=runner), drain=0.05)
    job = await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    worker.stop()
    await asyncio.wait_for(running, 2)
    assert runner.stopped == [job.id]
    assert "store.away" in house.sight.names()


async def test_a_worker_hides_no_failure_of_giving_back() -> None:
    house, runner = House(), Paused()
    work = FailingWork(house, LookupError("unforeseen"))
    worker = house.worker_over(house.run_due_jobs(work=work, runner=runner), drain=0.05)
    await house.submit()
    running = asyncio.create_task(worker(1))
    await runner.started.wait()
    worker.stop()
    with pytest.raises(LookupError):
        await asyncio.wait_for(running, 2)


class Unready(Paused):
    """A runner that is never ready, or cannot be."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.failure = failure

    async def prepare(self, slots: int) -> None:
        if self.failure:
            raise self.failure
        await asyncio.Event().wait()


async def test_a_worker_that_is_stopped_before_it_is_ready_ends_at_once_and_has_claimed_nothing() -> None:
    house = House()
    job = await house.submit()
    worker = house.worker(runner=Unready())
    running = asyncio.create_task(worker(1))
    await asyncio.sleep(0)
    await stop(worker, running)
    assert await house.see(job) == job


async def test_a_worker_that_takes_long_to_become_ready_is_not_deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "REPORT", timedelta(seconds=0.05))
    worker = House().worker(runner=Unready())
    running, began = asyncio.create_task(worker(1)), worker.deaf_for()
    await asyncio.sleep(1)
    assert worker.deaf_for() < began + 0.9
    await stop(worker, running)


async def test_a_worker_that_cannot_become_ready_says_why_and_has_claimed_nothing() -> None:
    house = House()
    job = await house.submit()
    with pytest.raises(ConfigurationError, match="no room"):
        await house.worker(runner=Unready(ConfigurationError("no room")))(1)
    assert await house.see(job) == job
