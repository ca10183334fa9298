"""The stores that the contract suites run over, each with a way to let time pass."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.api_keys import MemoryApiKeys
from jobproc.adapters.memory.backlog import MemoryDueWork
from jobproc.adapters.memory.batches import MemoryBatches
from jobproc.adapters.memory.clock import MemoryClock, utc_now
from jobproc.adapters.memory.jobs import JobStore, MemoryJobs, MemoryWork
from jobproc.adapters.memory.sessions import MemorySessions
from jobproc.adapters.memory.statistics import MemoryStatistics
from jobproc.adapters.memory.users import MemoryUsers
from jobproc.adapters.postgres.api_keys import PostgresApiKeys
from jobproc.adapters.postgres.backlog import PostgresDueWork
from jobproc.adapters.postgres.batches import PostgresBatches
from jobproc.adapters.postgres.clock import PostgresClock
from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.jobs import PostgresJobs
from jobproc.adapters.postgres.sessions import PostgresSessions
from jobproc.adapters.postgres.statistics import PostgresStatistics
from jobproc.adapters.postgres.users import PostgresUsers
from jobproc.adapters.postgres.work import PostgresWork
from jobproc.application.account_ports import ApiKeys, Sessions, Users
from jobproc.application.operating import DueWork
from jobproc.application.ports import Batches, Clock, Jobs, Statistics, Work
from jobproc.domain.jobs import Job, Step
from jobproc.domain.submissions import Submission, submit
from jobproc.domain.users import User, Username
from jobproc.entrypoints.container import new_id_at

LEASE = timedelta(seconds=15)
_TIMES = ("run_at", "created_at", "queued_at", "started_at", "finished_at", "expires_at", "lease_until")
_OLDER = ", ".join(f"{name} = {name} - CAST(:by AS interval)" for name in _TIMES)
# Locked in one order, so that two of them never wait for each other.
_AGE = text(f"UPDATE jobs SET {_OLDER} WHERE id IN (SELECT id FROM jobs ORDER BY id FOR UPDATE)")
_AGE_SESSIONS = text("""
UPDATE sessions SET
    created_at = created_at - CAST(:by AS interval),
    expires_at = expires_at - CAST(:by AS interval),
    ended_at = ended_at - CAST(:by AS interval),
    exchanged_at = ARRAY(SELECT at - CAST(:by AS interval) FROM unnest(exchanged_at) AS at)
""")


@dataclass(frozen=True, slots=True)
class Store:
    """Every port that keeps something, over the same data. `_pass` lets time go by for what is stored."""

    jobs: Jobs
    batches: Batches
    statistics: Statistics
    work: Work
    users: Users
    sessions: Sessions
    api_keys: ApiKeys
    clock: Clock
    due_work: DueWork
    _pass: Callable[[timedelta], Awaitable[Any]]
    owners: list[UUID] = field(default_factory=list)

    async def pass_time(self, seconds: float) -> None:
        """Everything stored is older by that."""
        await self._pass(timedelta(seconds=seconds))

    async def owner(self) -> UUID:
        """Somebody new."""
        user = User(uuid7(), Username.parse(f"user-{uuid7().hex}"), "hash", datetime.now(UTC))
        await self.users.add(user)
        return user.id

    async def add(self, owner: UUID | None = None, count: int = 1, **wishes: Any) -> list[Job]:
        """New jobs of that owner, or of somebody new."""
        owner = owner or await self.owner()
        jobs = [new_job(owner, await self.clock.now(), **wishes) for _ in range(count)]
        await self.jobs.add(jobs)
        return jobs

    async def claim(self, limit: int = 1, *operations: str) -> list[Job]:
        """What a new worker gets that knows these operations, by default `square_sum`."""
        known = operations or ("square_sum",)
        return list(await self.work.claim(uuid7(), known, limit=limit, lease=LEASE))

    async def see(self, job: Job) -> Job | None:
        """The job as its owner sees it now."""
        found = await self.jobs.get(job.owner, [job.id])
        return found[0] if found else None

    async def timeline(self, job: Job, owner: UUID | None = None) -> Sequence[Step]:
        """Its changes, as its owner or somebody else sees them; empty when they see none."""
        return (await self.jobs.timelines(owner or job.owner, [job.id])).get(job.id, ())


def new_job(owner: UUID, now: datetime, batch_id: UUID | None = None, **wishes: Any) -> Job:
    """A job as a submission makes it."""
    submission = Submission(**{"operation": "square_sum", "data": "[1,2,3]"} | wishes)
    return submit(
        submission,
        id=new_id_at(now),
        owner=owner,
        now=now,
        batch_id=batch_id,
        timeout_seconds=300.0,
        max_attempts=3,
        retention_seconds=3600,
    )


@asynccontextmanager
async def memory_store() -> AsyncIterator[Store]:
    """Over dictionaries, with a clock that can be moved."""
    ahead = [timedelta()]
    clock = MemoryClock(lambda: utc_now() + ahead[0])

    async def pass_time(by: timedelta) -> None:
        ahead[0] += by

    store = JobStore(clock)
    yield Store(
        MemoryJobs(store),
        MemoryBatches(store),
        MemoryStatistics(store),
        MemoryWork(store),
        MemoryUsers(clock),
        MemorySessions(clock),
        MemoryApiKeys(),
        clock,
        MemoryDueWork(store),
        pass_time,
    )


@asynccontextmanager
async def postgres_store(url: str) -> AsyncIterator[Store]:
    """Over a database, where the rows age instead of the clock."""
    async with open_database(url) as database:

        async def pass_time(by: timedelta) -> None:
            await database.run(_AGE, {"by": by})
            await database.run(_AGE_SESSIONS, {"by": by})

        yield Store(
            PostgresJobs(database),
            PostgresBatches(database),
            PostgresStatistics(database),
            PostgresWork(database),
            PostgresUsers(database),
            PostgresSessions(database),
            PostgresApiKeys(database),
            PostgresClock(database),
            PostgresDueWork(database),
            pass_time,
        )
