"""The engine: what a worker and the maintenance do, again and again."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from jobproc.application.ports import JobQueue, OperationRunner, Work
from jobproc.domain.errors import Unavailable
from jobproc.domain.jobs import Job, Outcome
from jobproc.domain.operations import OperationRegistry

log = logging.getLogger(__name__)

SWEEP_LIMIT = 1000
CLAIM_LIMIT = 1
LOOK = timedelta(seconds=0.8)
RETRY_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Claim:
    """A job as it was claimed, and when by this process's clock: together they tell the store's time later."""

    job: Job
    started_at: datetime
    monotonic: float = field(default_factory=time.monotonic)

    def now(self) -> datetime:
        """The store's time, by its time at the claim and the seconds since."""
        return self.started_at + timedelta(seconds=time.monotonic() - self.monotonic)


@dataclass(frozen=True, slots=True)
class RunDueJobs:
    """Claim due jobs, run them, record what came of each. `in_hand` holds the claims that are not settled yet."""

    work: Work
    runner: OperationRunner
    operations: OperationRegistry
    worker_id: UUID
    lease: timedelta
    jitter: Callable[[], float]
    in_hand: dict[UUID, Claim] = field(default_factory=dict)

    async def __call__(self, limit: int = CLAIM_LIMIT) -> int:
        """How many were claimed; 0 means that nothing was due."""
        jobs = await self.work.claim(self.worker_id, tuple(self.operations), limit=limit, lease=self.lease)
        self.in_hand.update((job.id, Claim(job, job.started_at or job.created_at)) for job in jobs)
        async for job, outcome in self.runner.run(jobs):
            await self._record(job, outcome)
        return len(jobs)

    async def renew(self) -> None:
        """Extend the leases of all claims in hand, and let go of those that no longer hold their jobs."""
        claims = [claim.job for claim in self.in_hand.values()]
        held = await self.work.renew(claims, lease=self.lease) if claims else frozenset()
        for job in claims:
            if job.id not in held:
                self._let_go(job)

    async def give_back(self) -> None:
        """Return what is still in hand to the queue; those attempts do not count."""
        returned = [claim.job.give_back(claim.now()) for claim in self.in_hand.values()]
        self.in_hand.clear()
        if returned:
            await self.work.finish(returned)

    async def _record(self, job: Job, outcome: Outcome) -> None:
        claim = self._claim_of(job)
        if claim is None:
            log.warning("job %s: the claim was lost; its outcome is dropped", job.id)
            return
        settled = job.settle(outcome, claim.now(), jitter=self.jitter())
        while not await self._finish(settled):  # noqa: ASYNC110 - a store that is back does not say so
            await asyncio.sleep(RETRY_SECONDS)
        self._let_go(job)

    def _claim_of(self, job: Job) -> Claim | None:
        """The claim in hand that `job` came from; none when the job was lost, even if it was claimed anew since."""
        claim = self.in_hand.get(job.id)
        return claim if claim and claim.job.version == job.version else None

    def _let_go(self, job: Job) -> None:
        if self._claim_of(job):
            del self.in_hand[job.id]

    async def _finish(self, settled: Job) -> bool:
        try:
            recorded = await self.work.finish([settled])
        except Unavailable:
            return False
        if settled.id not in recorded:
            log.warning("job %s: a stale report of version %d was refused", settled.id, settled.version)
        return True


@dataclass(frozen=True, slots=True)
class Worker:
    """Job slots that claim, run and record side by side; they look by themselves when no bell comes."""

    run_due_jobs: RunDueJobs
    drain: timedelta
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, slots: int) -> None:
        """Work until `stop`; then grant the running jobs the drain time, and give back the rest."""
        slots_running = [asyncio.create_task(self._slot()) for _ in range(slots)]
        renewal = asyncio.create_task(self._renew())
        asked = asyncio.create_task(self.stopping.wait())
        # None of them ends by itself, so the first that does was asked to, or has failed.
        await asyncio.wait((asked, renewal, *slots_running), return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        await asyncio.wait(slots_running, timeout=self.drain.total_seconds())
        ends = await _end(renewal, asked, *slots_running)
        await self.run_due_jobs.give_back()
        for failure in filter(None, ends):
            raise failure

    async def run_all_due(self) -> int:
        """Run until nothing is due; how many jobs were claimed. For callers that want no loop of their own."""
        total = 0
        while claimed := await self.run_due_jobs():
            total += claimed
        return total

    def wake(self) -> None:
        """There may be due work. Call it from the worker's own loop."""
        self.bell.set()

    def stop(self) -> None:
        """Claim nothing more. Call it from the worker's own loop."""
        self.stopping.set()
        self.bell.set()

    async def _slot(self) -> None:
        while not self.stopping.is_set():
            self.bell.clear()
            if not await self._turn():
                await _pause(self.bell, LOOK)

    async def _turn(self) -> bool:
        try:
            return bool(await self.run_due_jobs())
        except Unavailable as error:
            log.warning("%s", error.detail)
            return False

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self.run_due_jobs.lease.total_seconds() / 3)
            try:
                await self.run_due_jobs.renew()
            except Unavailable as error:
                log.warning("%s", error.detail)


@dataclass(frozen=True, slots=True)
class Maintain:
    """One look: rescue, promote, purge, and ring again for work that nobody has come for."""

    work: Work
    queue: JobQueue
    sweep: timedelta
    jitter: Callable[[], float]

    async def __call__(self) -> None:
        """Any number of processes may do it at once."""
        made_due = await self.work.rescue(limit=SWEEP_LIMIT, jitter=self.jitter)
        made_due += await self.work.promote(limit=SWEEP_LIMIT)
        await self.work.purge(limit=SWEEP_LIMIT)
        if made_due or await self.work.overdue(2 * self.sweep):
            self.queue.ring()

    async def for_ever(self, stopping: asyncio.Event) -> None:
        """Look once a sweep until stopped; a store that is away is waited for."""
        while not stopping.is_set():
            try:
                await self()
            except Unavailable as error:
                log.warning("%s", error.detail)
            await _pause(stopping, self.sweep)


async def _end(*tasks: asyncio.Task[Any]) -> list[BaseException | None]:
    """Cancel what still runs; what each one failed of, if it did."""
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    return [None if task.cancelled() else task.exception() for task in tasks]


async def _pause(until: asyncio.Event, at_most: timedelta) -> None:
    try:
        await asyncio.wait_for(until.wait(), at_most.total_seconds())
    except TimeoutError:
        return
