"""Some jobs on their way through one child after another, until something is known of each."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import UUID

from jobproc.adapters.sandbox.frames import to_outcome
from jobproc.adapters.sandbox.reports import checked
from jobproc.adapters.sandbox.slot import Slot
from jobproc.application.ports import Report
from jobproc.domain.jobs import ErrorCode, Failed, Job, JobError, Lost, Outcome
from jobproc.domain.operations import OperationRegistry

# A child at rest turns to a job at once; one that does not is held up by what an earlier job has left in it.
BEGIN_SECONDS = 10.0
# One of these is in whatever a child says, but for progress: which job is next, or that none is.
ENDS = {"next", "over", "lost"}
_numbers = count(1)


@dataclass(slots=True)
class Trip:
    """`waiting` are the jobs that nothing is known of yet; `running` is the one that the child is at."""

    operations: OperationRegistry
    waiting: dict[str, Job]
    patience: float
    report: Report
    slot: Slot | None = None
    running: Job | None = None
    over: bool = False
    _until: float = float("inf")
    _dropped: bool = False
    _number: int = 0
    _order: tuple[str, ...] = ()
    _early: int = 0
    _deadline: float = float("inf")

    async def go(self, slot: Slot) -> AsyncIterator[tuple[Job, Outcome | None]]:
        """Run in this child what is left; ends when nothing is, or with the child.

        Once patience is over, what has not begun comes back with None, whatever the child is busy with.
        """
        self.slot, self._number, self.running = slot, next(_numbers), None
        slot.is_idle = False
        self._deadline = time.monotonic() + BEGIN_SECONDS
        self._order = tuple(self.waiting)
        slot.child.tickets.lay_out(len(self._order))
        slot.send({"trip": self._number, "jobs": [_told(job) for job in self.waiting.values()]})
        while self.waiting and not self.over:
            try:
                if not slot.said:
                    async with asyncio.timeout_at(_loop_time(self._next_look())):
                        await slot.listen()
            except TimeoutError:
                for each in self._too_late(slot):
                    yield each
                continue
            message = slot.hear()
            try:
                ended = None if message is None else self._hear(message, slot)
            except (LookupError, TypeError, ValueError, AttributeError):
                # Somebody else speaks through the child's connection: nothing more of it is heard.
                slot.child.kill()
                message = None
            if message is None:
                ended = await self._blame(slot)
            if ended:
                yield ended
            if message is None:
                return

    def stop(self, id: UUID) -> None:
        """End the work of that job; nothing will be told of it."""
        job = self.waiting.pop(str(id), None)
        if job is None or self.slot is None:
            return
        if job is self.running or not self.waiting:
            self.slot.kill()
        else:
            self.slot.send({"trip": self._number, "skip": [str(id)]})

    def end(self) -> None:
        """End the work of all its jobs; what is left comes back."""
        self.over = True
        if self.slot:
            self.slot.kill()

    def _next_look(self) -> float:
        return self._deadline if self._dropped else min(self._deadline, self._until)

    def _hear(self, message: Mapping[str, Any], slot: Slot) -> tuple[Job, Outcome] | None:
        if "progress" in message:
            if job := self.waiting.get(message["id"]):
                self.report(job, checked(**message["progress"]))
            return None
        if not message.keys() & ENDS:
            raise LookupError("nothing that a child of ours would say")
        upcoming = self.waiting.get(message.get("next", ""))
        outcome = to_outcome(message) if "id" in message else None
        job = self.waiting.pop(message["id"], None) if outcome else None
        self.over = self.over or "over" in message
        self._begin_patience()
        self._turn_to(upcoming)
        if "next" in message and self.running is None:
            # It was stopped while the child turned to it.
            slot.kill()
        return (job, outcome) if job and outcome else None

    def _begin_patience(self) -> None:
        """Only once a child is at work: how long one takes to start says nothing about the jobs."""
        if self._until == float("inf"):
            self._until = time.monotonic() + self.patience

    def _turn_to(self, job: Job | None) -> None:
        self.running = job
        self._deadline = time.monotonic() + job.timeout_seconds if job else float("inf")

    def _too_late(self, slot: Slot) -> Iterator[tuple[Job, Outcome | None]]:
        """The job has used up its time, or the trip its patience, or the child does not begin."""
        if time.monotonic() < self._deadline:
            self._dropped = True
            yield from self._take_back(slot)
        elif self.running is None:
            # Told apart from a child that was ended for a reason: this one has died early.
            slot.child.kill()
            self._turn_to(None)
        else:
            slot.kill()
            job = self.waiting.pop(str(self.running.id))
            self._turn_to(None)
            yield job, self._timeout(job)

    def _take_back(self, slot: Slot) -> Iterator[tuple[Job, None]]:
        begun = len(self._order) - slot.child.tickets.take_back()
        for id in self._order[begun:]:
            if job := self.waiting.pop(id, None):
                yield job, None

    async def _blame(self, slot: Slot) -> tuple[Job, Outcome] | None:
        """The child is gone: it was the job that it was at, and none of the others."""
        words = await slot.close()
        self.over = self.over or self._dropped or time.monotonic() >= self._until
        job = self.running or self._unreadable(slot)
        self._turn_to(None)
        # A child that was ended from here is nobody's fault.
        if slot.killed or job is None or self.waiting.pop(str(job.id), None) is None:
            return None
        error = JobError(ErrorCode.WORKER_CRASHED, "WorkerCrashed", f"The process of the operation {words}.")
        return job, Lost(error)

    def _unreadable(self, slot: Slot) -> Job | None:
        """The first job, when two new children in a row end before they turn to it.

        One alone was killed from outside; one that has rested may have come to its end meanwhile.
        """
        self._early += slot.is_new and self._until == float("inf")
        return next(iter(self.waiting.values()), None) if self._early > 1 else None

    def _timeout(self, job: Job) -> Outcome:
        message = f"The attempt took longer than {job.timeout_seconds:g} s."
        retryable = self.operations[job.operation].retries(TimeoutError())
        return Failed(JobError(ErrorCode.TIMEOUT, "TimeoutError", message), retryable)


def trip_of(jobs: Sequence[Job], operations: OperationRegistry, patience: float, report: Report) -> Trip:
    """A trip that has not begun."""
    return Trip(operations, {str(job.id): job for job in jobs}, patience, report)


def _told(job: Job) -> dict[str, Any]:
    return {"id": str(job.id), "operation": job.operation, "data": job.data, "attempt": job.attempt}


def _loop_time(monotonic: float) -> float | None:
    if monotonic == float("inf"):
        return None
    return asyncio.get_running_loop().time() + monotonic - time.monotonic()
