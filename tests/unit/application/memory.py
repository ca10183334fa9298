"""The use-cases over memory, with a clock that the test moves."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from jobproc.adapters.memory.batches import MemoryBatches
from jobproc.adapters.memory.clock import MemoryClock, utc_now
from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.memory.jobs import JobStore, MemoryJobs, MemoryWork
from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.workers import MemoryWorkers
from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.application.batch_waits import WaitForBatch
from jobproc.application.batches import CancelBatch, SubmitBatch
from jobproc.application.jobs import (
    CancelJob,
    EraseJob,
    FindJobs,
    GetJob,
    GetResult,
    GetTimeline,
    ListJobs,
    RetryJob,
    SubmitJob,
)
from jobproc.application.maintenance import Maintain
from jobproc.application.ports import OperationRunner, Work
from jobproc.application.recorder import Recorder
from jobproc.application.running import RunDueJobs
from jobproc.application.worker import Worker
from jobproc.domain.jobs import Job
from jobproc.domain.operations import OperationRegistry, operations_in
from jobproc.domain.submissions import Submission
from jobproc.entrypoints.container import new_id_at
from tests.unit.application import samples
from tests.unit.application.threads import ThreadRunner

OWNER = UUID(int=1)
LEASE = timedelta(seconds=15)
OPERATIONS = OperationRegistry(operations_in(samples))
TYPES = PydanticTypes()


class SeenEvents:
    """A `Sight` that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, object]]] = []

    def saw(self, event: str, **facts: object) -> None:
        """Remember."""
        self.events.append((event, facts))

    def names(self) -> list[str]:
        """The events in their order."""
        return [event for event, _ in self.events]

    def facts(self, event: str) -> list[dict[str, object]]:
        """What was said of each event of that name."""
        return [facts for name, facts in self.events if name == event]


@dataclass
class House:
    """Everything that the use-cases of jobs and of the engine need. `rings` counts the bells."""

    ahead: timedelta = timedelta()
    rings: int = 0
    heard_after: list[int] = field(default_factory=list)
    events: MemoryEvents = field(default_factory=MemoryEvents)

    def __post_init__(self) -> None:
        self.clock = MemoryClock(lambda: utc_now() + self.ahead)
        store = JobStore(self.clock)
        self.jobs, self.work, self.queue = MemoryJobs(store), MemoryWork(store), MemoryQueue()
        self.queue.listen(self._hear)
        self.sight, self.workers = SeenEvents(), MemoryWorkers()
        self.submit_job = SubmitJob(
            self.jobs, self.queue, OPERATIONS, TYPES, self.clock, new_id_at, 3600, self.sight, self.events
        )
        self.batches = MemoryBatches(store)
        self.submit_batch = SubmitBatch(
            self.batches, self.submit_job, self.clock, new_id_at, self.queue, self.events, self.sight
        )
        self.cancel_batch = CancelBatch(self.batches, self.jobs, self.events)
        self.wait_for_batch = WaitForBatch(self.batches, self.events)
        self.get_job = GetJob(self.jobs)
        self.get_result, self.get_timeline = GetResult(self.get_job), GetTimeline(self.jobs)
        self.list_jobs, self.find_jobs = ListJobs(self.jobs), FindJobs(self.jobs)
        self.cancel_job = CancelJob(self.jobs, self.events, self.sight)
        self.retry_job = RetryJob(self.jobs, self.queue, self.events, self.sight)
        self.erase_job = EraseJob(self.jobs)
        self.maintain = self.maintain_over(self.work)

    def _hear(self) -> None:
        self.rings += 1

    async def submit(self, operation: str = "add", data: str = "[1,2]", **wishes: object) -> Job:
        """A job of the owner."""
        submission = Submission(operation=operation, data=data, **wishes)  # type: ignore[arg-type]
        return (await self.submit_job(OWNER, submission)).job

    async def see(self, job: Job) -> Job:
        """The job as it is now."""
        return await self.get_job(OWNER, job.id)

    def run_due_jobs(self, work: Work | None = None, runner: OperationRunner | None = None) -> RunDueJobs:
        """The worker's turn."""
        runner = runner or ThreadRunner(OPERATIONS, TYPES)
        return RunDueJobs(
            work or self.work, runner, OPERATIONS, uuid4(), LEASE, lambda: 0.5, self.sight, self.events
        )

    def maintain_over(self, work: Work, sweep: timedelta = timedelta(seconds=1)) -> Maintain:
        """Maintenance of a store of the test's own."""
        sessions = MemorySessions(self.clock)
        return Maintain(work, self.queue, sweep, lambda: 0.5, self.sight, self.events, sessions)

    def recorder(self, work: Work) -> Recorder:
        """A recorder for a store of the test's own."""
        return Recorder(work, self.sight, self.events)

    def worker(self, drain: float = 1.0, runner: OperationRunner | None = None) -> Worker:
        """A worker that is not started yet."""
        return self.worker_over(self.run_due_jobs(runner=runner), drain)

    def worker_over(self, run_due_jobs: RunDueJobs, drain: float = 1.0) -> Worker:
        """A worker with turns of the test's own."""
        return Worker(run_due_jobs, self.queue, timedelta(seconds=drain), self.workers, "here:1")

    async def now(self) -> datetime:
        """The time of the house."""
        return await self.clock.now()
