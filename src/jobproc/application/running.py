"""Claiming, running, and handing over what came of it."""

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from jobproc.application.claims import Claims
from jobproc.application.events import Hint, changes
from jobproc.application.ports import JobEvents, OperationRunner, Sight, Work
from jobproc.application.recorder import Recorder, nobody
from jobproc.application.run_times import RunTimes
from jobproc.domain.jobs import Job, Outcome, Progress
from jobproc.domain.operations import OperationRegistry

PATIENCE = timedelta(milliseconds=75)


@dataclass(slots=True)
class RunDueJobs:
    """One turn of a slot, and the care for the claims that all slots have in hand.

    `hand_on` is called when work is due that this slot does not take: left by its claim, or given back.
    """

    work: Work
    runner: OperationRunner
    operations: OperationRegistry
    worker_id: UUID
    lease: timedelta
    jitter: Callable[[], float]
    sight: Sight
    events: JobEvents
    times: RunTimes = field(default_factory=RunTimes)
    hand_on: Callable[[], None] = nobody
    claims: Claims = field(init=False)
    recorder: Recorder = field(init=False)

    def __post_init__(self) -> None:
        self.claims = Claims(self.lease)
        self.recorder = Recorder(self.work, self.sight, self.events, lambda: self.hand_on())

    async def __call__(self) -> int:
        """Claim, run and record; how many jobs were run. 0 means that there is nothing to do for now.

        When it has left some, what came of its own may still be on its way; the next turn waits until that is taken.
        """
        await self.recorder.taken()
        jobs, left = await self._claim()
        began, spent = time.monotonic(), defaultdict[str, list[float]](list)
        async for job, outcome in self.runner.run(jobs, patience=PATIENCE, report=self._hear):
            if outcome is not None:
                ended = time.monotonic()
                spent[job.operation].append(ended - began)
                began = ended
            self._settle(job, outcome)
        for operation, seconds in spent.items():
            self.times.learn(operation, *seconds)
        if not left:
            await self.recorder.settled()
        return sum(map(len, spent.values()))

    async def renew(self) -> None:
        """Extend all leases in hand; let go of the claims that no longer hold their jobs."""
        if claims := self.claims.jobs():
            since = time.monotonic()
            held = await self.work.renew(claims, lease=self.lease)
            self.claims.renewed(held, since)
            self._let_go(claims, held)

    async def check(self) -> None:
        """Stop the work on jobs that were cancelled or taken away."""
        self._stop(self.claims.lapsed(), "lease ran out")
        if claims := self.claims.jobs():
            self._let_go(claims, await self.work.held(claims))

    async def report(self) -> None:
        """Store what running jobs have said of their progress."""
        if running := self.claims.to_report():
            await self.work.report(running)

    async def give_back(self) -> None:
        """Return what is still in hand to the queue; those attempts do not count."""
        for job in self.claims.jobs():
            self.runner.stop(job.id)
            self._settle(job, None)
        await self.recorder.settled()

    async def _claim(self) -> tuple[Sequence[Job], bool]:
        """Jobs to run, and whether more are due."""
        since, left, limit = time.monotonic(), False, self.times.look

        def take(due: Sequence[Job]) -> Sequence[Job]:
            nonlocal left
            taken = self.times.worth(due)
            left = len(taken) < len(due) or len(due) == limit
            if len(taken) == limit:
                # The next slot need not wait until these are written: it passes over them. It would also pass over
                # what is looked at and left, where that is locked until then.
                self.hand_on()
            return taken

        jobs = await self.work.claim(
            self.worker_id, tuple(self.operations), limit=limit, lease=self.lease, take=take
        )
        self.claims.add(jobs, since)
        if left:
            self.hand_on()
        self.events.publish(changes(jobs))
        if jobs:
            self.sight.saw("jobs.claimed", count=len(jobs), seconds=time.monotonic() - since)
        return jobs, left

    def _hear(self, job: Job, progress: Progress) -> None:
        """Tell at once; the row learns of it at the next `report`."""
        if self.claims.report(job, progress):
            self.events.publish([Hint(job.owner, job.id, job.version, progress=progress)])

    def _settle(self, job: Job, outcome: Outcome | None) -> None:
        claim = self.claims.take(job)
        if claim is None:
            return
        now = claim.now()
        settled = (
            claim.job.settle(outcome, now, jitter=self.jitter()) if outcome else claim.job.give_back(now)
        )
        self.recorder.put(claim.job, settled)

    def _let_go(self, claims: Sequence[Job], held: Collection[UUID]) -> None:
        self._stop([job for job in claims if job.id not in held], "cancelled or taken away")

    def _stop(self, jobs: Sequence[Job], reason: str) -> None:
        for job in jobs:
            if self.claims.take(job) is not None:
                self.sight.saw("job.stopped", job=job.id, reason=reason)
                self.runner.stop(job.id)
