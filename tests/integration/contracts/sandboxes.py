"""Runners over other people's code, and what the tests ask of them."""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.application.ports import OperationRunner
from jobproc.domain.jobs import ErrorCode, Job, Outcome, Progress, Succeeded
from jobproc.domain.operations import OperationRegistry
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.contracts.stores import LEASE, new_job

MODULE = "tests.integration.contracts.wild"
MEMORY_BYTES, RESULT_BYTES = 268_435_456, 1000
PATIENCE = timedelta(seconds=20)
TYPES = PydanticTypes()


def wild_operations() -> OperationRegistry:
    """As the children know them."""
    return load_operations([MODULE], TYPES)


def sandbox() -> SandboxRunner:
    """Children as a worker starts them, with little room."""
    settings = Settings(
        profile=Profile.MEMORY,
        operations=MODULE,
        job_memory_bytes=MEMORY_BYTES,
        max_result_bytes=RESULT_BYTES,
    )
    return SandboxRunner(wild_operations(), settings.sandbox_command)


def claimed(operation: str, data: str = "null", timeout: float = 30.0) -> Job:
    """A job that a worker has claimed."""
    now = datetime.now(UTC)
    return new_job(uuid7(), now, operation=operation, data=data, timeout_seconds=timeout).start(
        uuid7(), now, LEASE
    )


@dataclass
class Ran:
    """What came of a trip."""

    outcomes: dict[UUID, Outcome | None] = field(default_factory=dict)
    progress: list[tuple[UUID, Progress]] = field(default_factory=list)
    ended_after: list[float] = field(default_factory=list)

    def heard(self, job: Job, progress: Progress) -> None:
        """A job says how far it is."""
        self.progress.append((job.id, progress))

    def of(self, job: Job) -> Any:
        """The result as JSON text, the error's code, None when it was not begun, or that nothing was told."""
        outcome = self.outcomes.get(job.id, "nothing")
        if outcome is None or isinstance(outcome, str):
            return outcome
        return outcome.result if isinstance(outcome, Succeeded) else outcome.error.code


async def trip(
    runner: OperationRunner, *jobs: Job, patience: timedelta = PATIENCE, ran: Ran | None = None
) -> Ran:
    """Run them, to the end."""
    ran = ran or Ran()
    began = time.monotonic()
    async with aclosing(runner.run(jobs, patience=patience, report=ran.heard)) as run:  # type: ignore[type-var]
        async for job, outcome in run:
            assert job.id not in ran.outcomes
            ran.outcomes[job.id] = outcome
            ran.ended_after.append(time.monotonic() - began)
    return ran


async def one_of(runner: OperationRunner, job: Job) -> Any:
    """What came of one job alone."""
    return (await trip(runner, job)).of(job)


async def eventually(is_so: Callable[[], object], seconds: float = 5) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether it still runs; who is dead and waits for its parent does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


CRASHED = ErrorCode.WORKER_CRASHED
