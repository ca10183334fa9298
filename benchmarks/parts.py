"""What two parts cost a job that nobody would miss at first: the sandbox and the timeline.

The sandbox beside a call in this process, with the same checks of data and result; the changes of a job beside the same
statements without the timeline, in turns.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from statistics import median

from sqlalchemy import text

from benchmarks import history
from benchmarks.growth import WORKER
from benchmarks.servers import execute, new_database, servers
from benchmarks.sizes import Size
from benchmarks.tables import show, times
from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.jobs import PostgresJobs
from jobproc.adapters.postgres.rows import CHANGING
from jobproc.adapters.postgres.statements import NEW, RETURNING, UPDATE, UPDATE_TEXT, OfJobs, of_jobs
from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.sandbox.attempt import attempt
from jobproc.adapters.sandbox.reports import ReportingContext
from jobproc.adapters.sandbox.runner import SandboxRunner
from jobproc.domain.jobs import Job
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import Profile, Settings

TOGETHER, HISTORY = 64, 10_000
PATIENCE, LEASE = timedelta(minutes=1), timedelta(minutes=1)
RESULT_BYTES = 1000
_SIZE = text("SELECT avg(pg_column_size(timeline)), avg(pg_column_size(jobs.*)) FROM jobs")
Times = dict[str, list[float]]


def run(size: Size) -> None:
    """Measure both, print."""
    rounds = size.of(2, 200)
    asyncio.run(_sandbox(rounds))
    with servers() as (server, _, _):
        asyncio.run(_timeline(new_database(server, "parts"), rounds))


async def _sandbox(rounds: int) -> None:
    types, found = PydanticTypes(), defaultdict[str, list[float]](list)
    operations = load_operations([], types)
    claimed = [each.start(WORKER, each.created_at, LEASE) for each in _due()]
    command = Settings(profile=Profile.MEMORY).sandbox_command
    async with SandboxRunner(operations, command) as runner:
        await runner.prepare(1)
        for _ in range(rounds):
            for name, jobs in ((f"{TOGETHER} in one trip", claimed), ("one by itself", claimed[:1])):
                began = time.perf_counter()
                async for _ in runner.run(jobs, patience=PATIENCE, report=lambda *_: None):
                    pass
                found[name].append((time.perf_counter() - began) / len(jobs))
            began = time.perf_counter()
            for job in claimed:
                context = ReportingContext(job.id, job.attempt, lambda _: None)
                operation = operations[job.operation]
                attempt(operation, job.data, context, types=types, max_result_bytes=RESULT_BYTES)
            found["without a sandbox"].append((time.perf_counter() - began) / len(claimed))
    _print("a job of 10 numbers", found, "without a sandbox")


async def _timeline(url: str, rounds: int) -> None:
    found = defaultdict[str, list[float]](list)
    async with open_database(url, pool_size=2) as database:
        await history.add_owner(database)
        # Enough for the planner to take the table for what it is.
        await history.fill(database, HISTORY)
        await execute(url, "VACUUM (ANALYZE) jobs")
        stored = PostgresJobs(database)
        for _ in range(rounds):
            for name, statement in (("with the timeline", UPDATE), ("without", _without_timeline())):
                jobs = await stored.add(_due())
                began = time.perf_counter()
                await _claim_and_finish(database, statement, jobs)
                found[name].append((time.perf_counter() - began) / TOGETHER)
        [(timeline, row)] = (tuple(each) for each in await database.run(_SIZE))
    _print("claimed and finished, a job", found, "without")
    print(f"bytes of a job: {row:.0f}, of which its timeline has {timeline:.0f}\n")


async def _claim_and_finish(database: Database, statement: OfJobs, jobs: Sequence[Job]) -> None:
    claimed = [job.start(WORKER, job.created_at, LEASE) for job in jobs]
    await database.fetch(*statement.of(claimed))
    ended = [job.succeed(history.RESULT, job.changed_at) for job in claimed]
    await database.fetch(*statement.of(ended))


def _without_timeline() -> OfJobs:
    changes, _, rest = UPDATE_TEXT.partition(", timeline = ")
    statement = f"{changes} FROM {NEW} {rest.partition(f' FROM {NEW}')[2]} {RETURNING}"
    return of_jobs(CHANGING, statement, alike=UPDATE.alike)


def _due() -> list[Job]:
    return [history.due() for _ in range(TOGETHER)]


def _print(title: str, found: Times, least: str) -> None:
    base = median(found[least])
    rows = [
        [name, f"{median(each) * 1e6:.0f} µs", times(median(each) / base)] for name, each in found.items()
    ]
    show(title, ["median", "ratio"], rows)
