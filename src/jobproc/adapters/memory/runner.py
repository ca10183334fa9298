"""Operations in threads of this process."""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from jobproc.application.ports import OperationTypes
from jobproc.domain.errors import InvalidInput
from jobproc.domain.failures import failure_of, safe_message
from jobproc.domain.jobs import ErrorCode, Failed, Job, JobError, Outcome, Succeeded
from jobproc.domain.operations import Operation, OperationRegistry


@dataclass(frozen=True, slots=True)
class QuietContext:
    """A context whose progress nobody reads."""

    job_id: UUID
    attempt: int

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Take the report and drop it."""


@dataclass(frozen=True, slots=True)
class ThreadRunner:
    """Runs each job in a daemon thread of its own, and stops waiting for it at its timeout.

    A thread cannot be killed: one that outlives its timeout ends with the process. Its outcome is dropped.
    """

    operations: OperationRegistry
    types: OperationTypes

    async def run(self, jobs: Sequence[Job]) -> AsyncIterator[tuple[Job, Outcome]]:
        """Run claimed jobs one after the other; each outcome as soon as it is there."""
        for job in jobs:
            yield job, await self._run(job)

    async def _run(self, job: Job) -> Outcome:
        operation = self.operations[job.operation]
        try:
            async with asyncio.timeout(job.timeout_seconds):
                return await _in_thread(partial(self._attempt, operation, job))
        except TimeoutError as error:
            return Failed(_timeout(job), operation.retries(error))

    def _attempt(self, operation: Operation, job: Job) -> Outcome:
        try:
            result = _call(operation, self.types.read(operation, job.data), QuietContext(job.id, job.attempt))
            return self._succeeded(operation, result)
        except BaseException as error:  # noqa: BLE001 - whatever an operation raises ends that one job only
            return Failed(failure_of(error), operation.retries(error))

    def _succeeded(self, operation: Operation, result: Any) -> Outcome:
        try:
            return Succeeded(self.types.write(operation, result))
        except InvalidInput as error:
            return Failed(JobError(ErrorCode.INVALID_RESULT, "InvalidResult", safe_message(error)))


def _call(operation: Operation, data: Any, context: QuietContext) -> Any:
    name = operation.signature().context
    result = operation.function(data, **({name: context} if name else {}))
    return asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result


async def _awaited(result: Any) -> Any:
    return await result


def _timeout(job: Job) -> JobError:
    return JobError(
        ErrorCode.TIMEOUT, "TimeoutError", f"The attempt took longer than {job.timeout_seconds:g} s."
    )


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
