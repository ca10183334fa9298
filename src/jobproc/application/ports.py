"""What the use-cases need from the outside, in the domain's words; accounts have their own file beside this."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from jobproc.application.events import Hint, Subscription
from jobproc.domain.batches import Batch, BatchState
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import Job, Outcome, Progress, Step
from jobproc.domain.operations import Operation
from jobproc.domain.rates import Rate, Standing
from jobproc.domain.stats import Stats, Tally, Window

Change = Callable[[Job, datetime], Job]
Take = Callable[[Sequence[Job]], Sequence[Job]]


def take_all(due: Sequence[Job]) -> Sequence[Job]:
    """Leave nothing that may be had."""
    return due


@dataclass(frozen=True, slots=True)
class Page:
    """Some jobs, newest first; `next` is where the following page begins, None at the end."""

    jobs: Sequence[Job]
    next: UUID | None


class Jobs(Protocol):
    """The users' side of the jobs. Every call is one transaction; whose job it is, is always asked."""

    async def add(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Store new jobs, all or none, and give back what is stored, in their order.

        Where the owner has a job of the same idempotency key already, that one stays and is given back instead.
        """

    async def get(self, owner: UUID, ids: Sequence[UUID], *, content: bool = True) -> Sequence[Job]:
        """The owner's jobs of these ids, in their order; what is not there or not theirs is left out.

        Without `content` they come with the data `null` and without result, for who shows neither.
        """

    async def page(
        self,
        owner: UUID,
        *,
        before: UUID | None,
        limit: int,
        wanted: JobFilter = EVERY_JOB,
        content: bool = True,
    ) -> Page:
        """At most `limit` of the owner's jobs that are wanted, newest first, older than `before`.

        A page may be short, even empty, while there are more: a store may give up looking. `content` is as for `get`.
        """

    async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
        """Every change of each of the owner's jobs, oldest first: the first and the last 499.

        What is not there or not theirs is left out.
        """

    async def change(self, owner: UUID, ids: Sequence[UUID], change: Change) -> Sequence[Job]:
        """Apply a pure function to each and store what it returns, all or none.

        The function gets the job and the store's time. It may run again when somebody else was faster; what it
        raises undoes the whole call and reaches the caller. What is not there or not theirs is left out; a job that it
        gives back as it was stays as it is.
        """

    async def erase(self, owner: UUID, ids: Sequence[UUID], check: Callable[[Job], None]) -> Sequence[UUID]:
        """Erase each, all or none, and say which were there; what `check` raises keeps them all."""


class Batches(Protocol):
    """Batches of jobs: each is there as long as one of its jobs is."""

    async def add(self, batch: Batch, jobs: Sequence[Job]) -> Batch:
        """Store a new batch and its jobs, all or none, and give back what is stored.

        Where the owner has a batch of the same idempotency key already, that one is given back and nothing stored.
        """

    async def get(self, owner: UUID, id: UUID) -> BatchState | None:
        """The owner's batch, with how many of its jobs have each status."""

    async def job_ids(self, owner: UUID, id: UUID) -> Sequence[UUID]:
        """The jobs of the owner's batch that are still there, in the order in which they were submitted."""


class Statistics(Protocol):
    """Numbers of somebody's jobs, from a bounded part of what is finished."""

    async def of(self, owner: UUID, window: Window) -> Stats:
        """What the owner's jobs are doing, and how those ended that ended last within the window.

        `finished` has the steps in which some ended.
        """

    async def tally(self, owner: UUID, wanted: JobFilter) -> Tally:
        """How many of the owner's jobs are wanted, of the latest `MOST_TALLIED` from the filter's times."""


class Work(Protocol):
    """The engine's side of the jobs: any number of workers and sweepers may call at once."""

    async def claim(
        self,
        worker: UUID,
        operations: Collection[str],
        *,
        limit: int,
        lease: timedelta,
        take: Take = take_all,
    ) -> Sequence[Job]:
        """Lease due jobs of these operations, each to exactly one caller: higher priority, then longer due, first.

        `take` is shown up to `limit` of them in that order and picks those to lease; the rest stay due. What others
        have taken meanwhile does not come back, so that there may be none although some are due.
        """

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        """Record what came of claims and say which were recorded.

        Only while the claim still holds the job: IN_PROGRESS at the version before the one given. Others are stale
        and left out. With a job whose content cannot be stored it is `InvalidInput`, and nothing is recorded.
        """

    async def report(self, running: Sequence[Job]) -> None:
        """Store the progress of claims that still hold their jobs."""

    async def held(self, claims: Sequence[Job]) -> frozenset[UUID]:
        """Which claims still hold their jobs."""

    async def renew(self, claims: Sequence[Job], *, lease: timedelta) -> frozenset[UUID]:
        """Extend the leases of claims that still hold their jobs, and say which do."""

    async def rescue(self, *, limit: int, jitter: Callable[[], float]) -> Sequence[Job]:
        """Take jobs from workers whose lease has lapsed (`Job.lose`); those jobs, as they are now."""

    async def promote(self, *, limit: int) -> Sequence[Job]:
        """Queue the scheduled jobs whose date has come; those jobs, as they are now."""

    async def purge(self, *, limit: int) -> int:
        """Erase final jobs past `expires_at`; how many."""

    async def overdue(self, age: timedelta) -> bool:
        """Whether some job has been due for longer than `age`."""


class RateLimiter(Protocol):
    """Requests counted by key, over all processes that serve them."""

    async def count(self, key: str, rate: Rate) -> Standing:
        """Count one more request of that key, and say where it stands. Never fails, and takes but a moment."""


class LoginAttempts(Protocol):
    """Wrong passwords counted by name, over all processes that check them."""

    async def begin(self, name: str) -> int:
        """Seconds to wait before the next attempt; 0: go ahead, it is counted as a failure until it is forgotten."""

    async def forget(self, name: str) -> None:
        """A right password: the name starts anew."""


class JobQueue(Protocol):
    """The doorbell: it says that there is due work, never which."""

    def ring(self) -> None:
        """Return at once, whatever state the queue is in; a lost ring costs time, never a job."""


class JobEvents(Protocol):
    """Hints between all processes of what happens to jobs. The store alone knows what is true."""

    def publish(self, hints: Sequence[Hint]) -> None:
        """Return at once, whatever state the hints' way is in. Call it after what they tell of was stored."""

    def publish_missed(self, owner: UUID) -> None:
        """The same for changes of more of the owner's jobs than hints are worth: who watches reads again."""

    def subscribe(self, owner: UUID, job: UUID | None = None) -> AbstractAsyncContextManager[Subscription]:
        """The hints of that job, or of all jobs of the owner; from the start of the block, so read what is inside it.

        A hint may come twice or late. Where one may have been lost, None comes in its place; while the hints' way is
        broken None comes every few seconds, so that who reads at each one needs no other care.
        """


class Clock(Protocol):
    """The one time that all processes agree on."""

    async def now(self) -> datetime:
        """The store's time, in UTC; never ahead of it."""


@dataclass(frozen=True, slots=True)
class Schemas:
    """JSON Schema 2020-12 of an operation's data and of its result."""

    input: dict[str, Any]
    output: dict[str, Any]


class OperationTypes(Protocol):
    """The types of an operation's annotations at work."""

    def check(self, operation: Operation, data: str) -> None:
        """Refuse data that is not of the input type: `InvalidInput`, each fault with its pointer below `/data`."""

    def read(self, operation: Operation, data: str) -> Any:
        """JSON text as a value of the input type."""

    def write(self, operation: Operation, result: Any) -> str:
        """A result as JSON text; not of the return type, or not JSON: `InvalidInput`."""

    def schemas(self, operation: Operation) -> Schemas:
        """Both schemas."""


Report = Callable[[Job, Progress], None]


class OperationRunner(Protocol):
    """A place where other people's code may run. Nothing that it does raises here."""

    async def prepare(self, slots: int) -> None:
        """Be ready to run that many at once without a start in between; what can never be: `ConfigurationError`."""

    def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        """Run claimed jobs one after the other; each outcome as soon as it is there.

        Once `patience` is over nothing more is begun: what is left comes back with None, while the job that runs
        goes on. What jobs say of their progress goes to `report` while they run.
        """

    def stop(self, id: UUID) -> None:
        """End the work of that job within a moment, whatever it is doing; its outcome is left out."""


class Sight(Protocol):
    """Where everything goes that operators may want to see: lines, counters, durations."""

    def saw(self, event: str, **facts: object) -> None:
        """Something happened. `event` is a fixed name in dots; `facts` are plain values, never secrets or data."""
