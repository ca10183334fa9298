"""What the engine and the lists cost beside 10 thousand, 100 thousand and a million finished jobs.

Each history stands in a database of its own on one Postgres, all of one day and of one user, so that nothing of it can
be left out; a second user has 50 older jobs. The same calls go to each in turn, many times; the medians are compared.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import text

from benchmarks import history
from benchmarks.servers import execute, new_database, servers
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, show, times
from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.jobs import PostgresJobs
from jobproc.adapters.postgres.statistics import PostgresStatistics
from jobproc.adapters.postgres.work import PostgresWork
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import Job
from jobproc.domain.stats import Window

FLAT = 1.3
CLAIM, PURGE, PAGE = 64, 1000, 10
LEASE, DAY, LONG_AGO = timedelta(seconds=15), Window.parse("24h"), timedelta(days=8)
OTHERS, BEFORE_ALL = 50, timedelta(days=1)
WORKER = UUID(int=2)

_THOUSANDTH = text("SELECT id FROM jobs WHERE owner = :owner ORDER BY id DESC OFFSET :rows LIMIT 1")
_RELATIONS = text("""
SELECT 'table' AS name, pg_relation_size('jobs') AS bytes
UNION ALL SELECT 'long values', pg_total_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'jobs'::regclass
UNION ALL SELECT 'index ' || indexrelid::regclass, pg_relation_size(indexrelid)
FROM pg_index WHERE indrelid = 'jobs'::regclass
""")
Measured = dict[str, list[float]]


def run(size: Size) -> None:
    """Fill, measure, print."""
    counts = size.of([100, 1_000], [10_000, 100_000, 1_000_000], [10_000, 100_000, 1_000_000, 10_000_000])
    with servers() as (server, _, _):
        urls = {count: new_database(server, f"growth_{count}") for count in counts}
        asyncio.run(measure(urls, rounds=size.of(2, 40)))


async def measure(urls: dict[int, str], rounds: int) -> None:
    """Fill the databases to so many jobs each, ask all of them the same, print."""
    async with AsyncExitStack() as stack:
        subjects = {}
        for count, url in urls.items():
            database = await stack.enter_async_context(open_database(url, pool_size=2))
            subjects[count] = await Subject.filled(database, url, count)
        bytes_of = {count: await subject.bytes() for count, subject in subjects.items()}
        measured: dict[int, Measured] = {count: defaultdict(list) for count in subjects}
        for number in range(rounds + 1):
            for count, subject in subjects.items():
                # The first round fills caches and prepares statements.
                await subject.round(measured[count] if number else defaultdict(list))
    _print_times(measured)
    _print_bytes(bytes_of)


@dataclass(frozen=True, slots=True)
class Subject:
    """A store with a history of some length."""

    database: Database
    jobs: PostgresJobs
    work: PostgresWork
    statistics: PostgresStatistics
    count: int
    thousandth: UUID

    @classmethod
    async def filled(cls, database: Database, url: str, count: int) -> "Subject":
        """With so many finished jobs, as autovacuum would have left them."""
        began = time.monotonic()
        await history.add_owner(database)
        await history.add_owner(database, history.OTHER)
        await history.fill(database, OTHERS, owner=history.OTHER, ago=BEFORE_ALL)
        await history.fill(database, count)
        await execute(url, "VACUUM (ANALYZE) jobs")
        print(f"{count:,} jobs written in {time.monotonic() - began:.0f} s", flush=True)
        rows = min(999 * PAGE, count - PAGE - 1)
        [[thousandth]] = await database.run(_THOUSANDTH, {"owner": history.OWNER, "rows": rows})
        stores = PostgresJobs(database), PostgresWork(database), PostgresStatistics(database)
        return cls(database, *stores, count, thousandth)

    async def round(self, measured: Measured) -> None:
        """Everything once; the history is longer by one claim afterwards."""
        for name, call in self._reading().items():
            await _timed(measured, name, call)
        jobs = [history.due() for _ in range(CLAIM)]
        await _timed(measured, f"submit {CLAIM} jobs", lambda: self.jobs.add(jobs))
        claimed = await _timed(measured, f"claim {CLAIM} jobs", self._claim)
        ended = [job.succeed(history.RESULT, job.changed_at) for job in claimed]
        await _timed(measured, f"finish {CLAIM} jobs", lambda: self.work.finish(ended))
        await _timed(measured, "sweep, nothing to do", self._sweep)
        await history.fill(self.database, PURGE, ago=LONG_AGO)
        await _timed(measured, f"purge {PURGE:,} jobs", lambda: self.work.purge(limit=PURGE))

    async def bytes(self) -> dict[str, float]:
        """A job's share of the table and of each index."""
        rows = await self.database.run(_RELATIONS)
        return {row.name: row.bytes / self.count for row in rows}

    def _reading(self) -> dict[str, Callable[[], Awaitable[Any]]]:
        page, nothing = self.jobs.page, JobFilter(tag="nothing has it")
        mine: dict[str, Any] = {"owner": history.OWNER, "limit": PAGE, "content": False}
        other = {"owner": history.OTHER}
        return {
            "one job": lambda: self.jobs.get(history.OWNER, [self.thousandth]),
            "first page": lambda: page(**mine, before=None),
            "thousandth page": lambda: page(**mine, before=self.thousandth),
            "page of a filter that fits nothing": lambda: page(**mine, before=None, wanted=nothing),
            "page of somebody's 50 old jobs": lambda: page(**mine | other, before=None),
            "the same with the filter": lambda: page(**mine | other, before=None, wanted=nothing),
            "stats of a day": lambda: self.statistics.of(history.OWNER, DAY),
        }

    async def _claim(self) -> list[Job]:
        return list(await self.work.claim(WORKER, ["square_sum"], limit=CLAIM, lease=LEASE))

    async def _sweep(self) -> None:
        await self.work.rescue(limit=PURGE, jitter=lambda: 0)
        await self.work.promote(limit=PURGE)
        await self.work.purge(limit=PURGE)
        await self.work.overdue(LEASE)


async def _timed(measured: Measured, name: str, call: Callable[[], Awaitable[Any]]) -> Any:
    began = time.perf_counter()
    answer = await call()
    measured[name].append(time.perf_counter() - began)
    return answer


def _print_times(measured: dict[int, Measured]) -> None:
    smallest, *others = measured
    rows = []
    for name, base in measured[smallest].items():
        ratios = {count: median(measured[count][name]) / median(base) for count in others}
        verdict = "flat" if max(ratios.values(), default=1) <= FLAT else "NOT FLAT"
        rows.append([name, milliseconds(median(base)), *map(times, ratios.values()), verdict])
    columns = [f"{smallest:,} jobs", *(f"{count:,}" for count in others), f"up to {FLAT} ×"]
    show("time", columns, rows)


def _print_bytes(found: dict[int, dict[str, float]]) -> None:
    names = next(iter(found.values()))
    rows = [[name, *(f"{each[name]:.0f}" for each in found.values())] for name in names]
    rows.append(["together", *(f"{sum(each.values()):.0f}" for each in found.values())])
    show("bytes a job", [f"{count:,} jobs" for count in found], rows)
