"""Operations in threads of the test's own process."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from uuid import UUID

from jobproc.adapters.sandbox.attempt import attempt
from jobproc.application.ports import OperationTypes, Report
from jobproc.domain.jobs import ErrorCode, Failed, Job, JobError, Outcome, Progress
from jobproc.domain.operations import OperationRegistry

TIMEOUT = JobError(ErrorCode.TIMEOUT, "TimeoutError", "The attempt took too long.")


@dataclass(frozen=True, slots=True)
class ThreadContext:
    """A context that reports to whoever asked for the run."""

    job_id: UUID
    attempt: int
    report: Callable[[Progress], None]

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Pass it on."""
        self.report(Progress(done, total, message))


@dataclass(frozen=True, slots=True)
class ThreadRunner:
    """An `OperationRunner` for fast tests: nothing has to start, and nothing can be killed."""

    operations: OperationRegistry
    types: OperationTypes

    async def prepare(self, slots: int) -> None:
        """A thread starts at once."""

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        """Run claimed jobs one after the other; each outcome as soon as it is there."""
        until = time.monotonic() + patience.total_seconds()
        for job in jobs:
            yield job, await self._run(job, report) if time.monotonic() < until else None

    def stop(self, id: UUID) -> None:
        """A thread cannot be stopped."""

    async def _run(self, job: Job, report: Report) -> Outcome:
        operation = self.operations[job.operation]
        context = ThreadContext(job.id, job.attempt, partial(report, job))
        call = partial(attempt, operation, job.data, context, types=self.types, max_result_bytes=1000)
        try:
            async with asyncio.timeout(job.timeout_seconds):
                return await _in_thread(call)
        except TimeoutError as error:
            return Failed(TIMEOUT, operation.retries(error))


async def _in_thread(call: Callable[[], Outcome]) -> Outcome:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Outcome] = loop.create_future()

    def deliver(outcome: Outcome) -> None:
        if not future.done():
            future.set_result(outcome)

    def work() -> None:
        outcome = call()
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, outcome)

    threading.Thread(target=work, daemon=True).start()
    return await future
