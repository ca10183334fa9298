"""What one turn of a slot counts, learns, gives back and tells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.jobs import MemoryWork
from jobproc.application.ports import Report
from jobproc.application.run_times import FIRST_LOOK, RunTimes
from jobproc.domain.errors import InvalidInput
from jobproc.domain.jobs import ErrorCode, Job, JobStatus, Outcome, Progress, Succeeded
from tests.unit.application.memory import OWNER, House
from tests.unit.application.test_engine import Paused, status

pytestmark = pytest.mark.anyio


class Impatient(Paused):
    """A runner that begins no more than so many jobs of a turn."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        for number, job in enumerate(jobs):
            yield job, Succeeded("14") if number < self.most else None


class Settled(RunTimes):
    """Learns nothing more: a machine that stood still for a moment would make the next claim smaller."""

    def learn(self, operation: str, *seconds: float) -> None:
        """Nothing."""


@dataclass(slots=True)
class Told(RunTimes):
    """Keeps how many attempts of which operation it was told of at a time."""

    attempts: list[tuple[str, int]] = field(default_factory=list)

    def learn(self, operation: str, *seconds: float) -> None:
        """Remember it."""
        self.attempts.append((operation, len(seconds)))


class Talking(Paused):
    """A runner whose jobs say at once how far they are."""

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        for job in jobs:
            report(job, Progress(1, 2, "half"))
        async for each in super().run(jobs, patience=patience, report=report):
            yield each


async def test_what_a_job_says_of_its_progress_is_stored_by_the_next_report() -> None:
    house, runner = House(), Talking()
    turn = house.run_due_jobs(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(turn())
    await runner.started.wait()
    await turn.report()
    assert (await house.see(job)).progress == Progress(1, 2, "half")
    runner.go_on.set()
    await running


async def test_a_turn_counts_what_it_ran_and_gives_back_the_rest() -> None:
    house = House()
    jobs = [await house.submit() for _ in range(5)]
    turn = house.run_due_jobs(runner=Impatient(3))
    turn.times = RunTimes({"add": 0.001})
    assert await turn() == 3
    assert [status(house, job) for job in jobs] == [JobStatus.SUCCESS] * 3 + [JobStatus.PENDING] * 2
    returned = await house.see(jobs[-1])
    assert returned.changed_at >= jobs[-1].changed_at
    assert (returned.attempt, returned.queued_at) == (0, jobs[-1].queued_at)


async def test_a_turn_learns_how_long_each_operation_takes() -> None:
    house = House()
    await house.submit()
    turn = house.run_due_jobs(runner=Impatient(1))
    await turn()
    assert list(turn.times.seconds) == ["add"]
    assert 0 <= turn.times.seconds["add"] < 10


async def test_a_turn_tells_of_all_attempts_of_an_operation_together() -> None:
    house = House()
    for _ in range(3):
        await house.submit()
    turn = house.run_due_jobs(runner=Impatient(2))
    turn.times = told = Told({"add": 0.0})
    await turn()
    assert told.attempts == [("add", 2)]


async def test_nothing_is_learned_of_what_was_not_run() -> None:
    house = House()
    await house.submit()
    turn = house.run_due_jobs(runner=Impatient(0))
    await turn()
    assert not turn.times.seconds


@pytest.mark.parametrize(
    ("seconds", "due", "more"),
    [
        (0.0, 0, False),
        (0.0, 3, False),
        (0.0, FIRST_LOOK - 1, False),
        (0.0, FIRST_LOOK, True),
        (10.0, 1, False),
        (10.0, 2, True),
    ],
)
async def test_a_turn_hands_on_at_once_when_more_may_be_due_than_it_took(
    seconds: float, due: int, more: bool
) -> None:
    house = House()
    for _ in range(due):
        await house.submit()
    handed_on: list[int] = []
    turn = house.run_due_jobs(runner=Impatient(due))
    turn.times = RunTimes({"add": seconds})
    # Before anything has run.
    turn.hand_on = lambda: handed_on.append(len(house.sight.facts("job.settled")))
    await turn()
    assert set(handed_on) == ({0} if more else set())


async def test_what_comes_back_unbegun_is_handed_on_once_others_can_have_it() -> None:
    house = House()
    jobs = [await house.submit() for _ in range(3)]
    turn = house.run_due_jobs(runner=Impatient(1))
    turn.times = RunTimes({"add": 0.0})
    seen: list[list[JobStatus]] = []
    turn.hand_on = lambda: seen.append([status(house, job) for job in jobs])
    await turn()
    assert seen[-1] == [JobStatus.SUCCESS, JobStatus.PENDING, JobStatus.PENDING]


async def test_a_job_that_runs_on_while_others_come_back_is_known_for_as_long_as_it_ran() -> None:
    class Busy(Paused):
        async def run(
            self, jobs: Sequence[Job], *, patience: timedelta, report: Report
        ) -> AsyncIterator[tuple[Job, Outcome | None]]:
            await asyncio.sleep(0.05)
            yield jobs[1], None
            await asyncio.sleep(0.05)
            yield jobs[0], Succeeded("14")

    house = House()
    for _ in range(2):
        await house.submit()
    turn = house.run_due_jobs(runner=Busy())
    turn.times = RunTimes({"add": 0.0})
    assert await turn() == 1
    assert turn.times.seconds["add"] >= 0.1


async def test_no_turn_claims_more_than_256_jobs_and_operators_see_how_many_it_did() -> None:
    house = House()
    for _ in range(FIRST_LOOK + 257):
        await house.submit()
    turn = house.run_due_jobs(runner=Impatient(257))
    turn.times = Settled({"add": 0.0})
    assert [await turn(), await turn()] == [FIRST_LOOK, 256]
    facts = house.sight.facts("jobs.claimed")
    assert [each["count"] for each in facts] == [FIRST_LOOK, 256]
    assert all(0 <= float(str(each["seconds"])) < 10 for each in facts)


async def test_a_claimed_job_names_its_worker() -> None:
    house, runner = House(), Paused()
    turn = house.run_due_jobs(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(turn())
    await runner.started.wait()
    assert (await house.see(job)).worker == turn.worker_id
    runner.go_on.set()
    await running


async def test_a_result_that_cannot_be_stored_fails_its_job() -> None:
    class Picky(MemoryWork):
        async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
            if any(job.result for job in finished):
                raise InvalidInput("no")
            return await super().finish(finished)

    house = House()
    job = await house.submit()
    await house.run_due_jobs(work=Picky(house.jobs._store))()
    error = (await house.see(job)).error
    assert error
    assert error.code is ErrorCode.INVALID_RESULT


async def test_operators_see_which_work_was_stopped_and_why() -> None:
    house, runner = House(), Paused()
    turn = house.run_due_jobs(runner=runner)
    cancelled = await house.submit()
    running = asyncio.create_task(turn())
    await runner.started.wait()
    await house.jobs.change(OWNER, [cancelled.id], Job.cancel)
    await turn.check()
    assert runner.stopped == [cancelled.id]
    assert house.sight.facts("job.stopped") == [{"job": cancelled.id, "reason": "cancelled or taken away"}]
    runner.go_on.set()
    await running


async def test_the_work_on_a_lease_that_ran_out_is_stopped() -> None:
    house, runner = House(), Paused()
    turn = house.run_due_jobs(runner=runner)
    job = await house.submit()
    running = asyncio.create_task(turn())
    await runner.started.wait()
    turn.claims.renewed([job.id], float("-inf"))
    await turn.check()
    assert runner.stopped == [job.id]
    assert house.sight.facts("job.stopped") == [{"job": job.id, "reason": "lease ran out"}]
    runner.go_on.set()
    await running


async def test_what_came_of_a_job_is_told_with_the_trace_that_it_belongs_to() -> None:
    house = House()
    await house.submit(traceparent="00-a-b-01")
    await house.submit()
    await house.run_due_jobs()()
    await house.run_due_jobs()()
    assert [facts.get("traceparent") for facts in house.sight.facts("job.settled")] == ["00-a-b-01", None]
