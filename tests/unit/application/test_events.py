"""Every change that a user sees is told, once it is stored."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.events import MemoryEvents
from jobproc.application.events import Hint, Subscription
from jobproc.application.ports import Report
from jobproc.domain.errors import Conflict, NotFound
from jobproc.domain.jobs import Job, JobStatus, Outcome, Progress
from tests.unit.application.memory import LEASE, OWNER, House
from tests.unit.application.test_engine import Paused

pytestmark = pytest.mark.anyio

S = JobStatus
END = Hint(OWNER, UUID(int=0), 0)


class Talkative(Paused):
    """Its jobs say how far they are when the test says so, and then end."""

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        async for job, outcome in super().run(jobs, patience=patience, report=report):
            report(job, Progress(1, 2, "half"))
            yield job, outcome


@dataclass
class Listening:
    """A house, and everything that is told of its owner's jobs. What is told too early fails the test."""

    house: House
    subscription: Subscription

    async def heard(self) -> list[Hint | None]:
        """What was told since the last time."""
        MemoryEvents.publish(self.house.events, [END])
        found = []
        while (hint := await self.subscription.next()) != END:
            found.append(hint)
        return found

    async def statuses(self) -> list[tuple[int, JobStatus | None]]:
        """The versions and statuses among them."""
        return [(hint.version, hint.status) for hint in await self.heard() if hint]


class AfterTheStore(MemoryEvents):
    """Takes a hint only of what can be read already."""

    house: House

    def publish(self, hints: Sequence[Hint]) -> None:
        for hint in hints:
            stored = self.house.jobs._store.get(hint.job)
            assert stored
            assert (stored.owner, stored.version) == (hint.owner, hint.version)
            assert hint.status in (stored.status, None)
        super().publish(hints)


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    events = AfterTheStore()
    events.house = house = House(events=events)
    async with events.subscribe(OWNER) as subscription:
        yield Listening(house, subscription)


async def claimed(house: House) -> Job:
    [job] = await house.work.claim(UUID(int=7), ["add"], limit=1, lease=LEASE)
    return job


async def test_a_submitted_job_is_told_whether_it_is_due_or_not() -> None:
    async with listening() as listener:
        due, dated = await listener.house.submit(), await listener.house.submit(delay_seconds=60)
        assert await listener.heard() == [
            Hint(OWNER, due.id, 1, S.PENDING),
            Hint(OWNER, dated.id, 1, S.SCHEDULED),
        ]


async def test_a_repeated_request_changes_nothing_and_tells_nothing() -> None:
    async with listening() as listener:
        await listener.house.submit(idempotency_key="key")
        await listener.heard()
        await listener.house.submit(idempotency_key="key")
        assert not await listener.heard()


@pytest.mark.parametrize(
    ("operation", "data", "end"),
    [("add", "[1,2]", S.SUCCESS), ("fail", '"boom"', S.FAILED), ("stumble", '"x"', S.SCHEDULED)],
)
async def test_the_start_and_the_end_of_an_attempt_are_told(
    operation: str, data: str, end: JobStatus
) -> None:
    async with listening() as listener:
        await listener.house.submit(operation, data)
        await listener.house.run_due_jobs()()
        assert await listener.statuses() == [(1, S.PENDING), (2, S.IN_PROGRESS), (3, end)]


async def test_progress_is_told_at_once_with_the_version_of_its_attempt() -> None:
    async with listening() as listener:
        job = await listener.house.submit("tell", "null")
        await listener.house.run_due_jobs()()
        told = await listener.heard()
        assert told[2] == Hint(OWNER, job.id, 2, progress=Progress(1, 2, "half"))
        assert [hint and hint.status for hint in told] == [S.PENDING, S.IN_PROGRESS, None, S.SUCCESS]


async def test_progress_of_a_claim_that_is_no_longer_held_is_not_told() -> None:
    async with listening() as listener:
        runner = Talkative()
        turn = listener.house.run_due_jobs(runner=runner)
        job = await listener.house.submit()
        running = asyncio.create_task(turn())
        await runner.started.wait()
        await listener.house.cancel_job(OWNER, job.id)
        await turn.check()
        await listener.heard()
        runner.go_on.set()
        await running
        assert not await listener.heard()


async def test_a_cancel_and_a_retry_are_told() -> None:
    async with listening() as listener:
        job = await listener.house.submit()
        await listener.house.cancel_job(OWNER, job.id)
        await listener.house.retry_job(OWNER, job.id)
        assert await listener.statuses() == [(1, S.PENDING), (2, S.CANCELLED), (3, S.PENDING)]


async def test_what_was_refused_is_not_told() -> None:
    async with listening() as listener:
        job = await listener.house.submit()
        await listener.heard()
        with pytest.raises(Conflict):
            await listener.house.retry_job(OWNER, job.id)
        with pytest.raises(NotFound):
            await listener.house.cancel_job(UUID(int=2), job.id)
        assert not await listener.heard()


async def test_a_stale_report_is_not_told() -> None:
    async with listening() as listener:
        recording = listener.house.recorder(listener.house.work)
        first, second = await listener.house.submit(), await listener.house.submit()
        stale, good = await claimed(listener.house), await claimed(listener.house)
        await listener.house.jobs.change(OWNER, [first.id], Job.cancel)
        await listener.heard()
        now = await listener.house.now()
        for job in (stale, good):
            recording.put(job, job.succeed("3", now))
        await recording.settled()
        assert await listener.heard() == [Hint(OWNER, second.id, 3, S.SUCCESS)]


async def test_a_sweep_tells_what_it_has_rescued_and_promoted() -> None:
    async with listening() as listener:
        lost, dated = await listener.house.submit(), await listener.house.submit(delay_seconds=5)
        await claimed(listener.house)
        await listener.heard()
        listener.house.ahead = timedelta(seconds=20)
        await listener.house.maintain()
        assert await listener.heard() == [
            Hint(OWNER, lost.id, 3, S.PENDING),
            Hint(OWNER, dated.id, 2, S.PENDING),
        ]


async def test_what_a_stopping_worker_gives_back_is_told() -> None:
    async with listening() as listener:
        runner = Paused()
        worker = listener.house.worker(drain=0.05, runner=runner)
        await listener.house.submit()
        running = asyncio.create_task(worker(1))
        await runner.started.wait()
        worker.stop()
        await asyncio.wait_for(running, 2)
        assert await listener.statuses() == [(1, S.PENDING), (2, S.IN_PROGRESS), (3, S.PENDING)]
