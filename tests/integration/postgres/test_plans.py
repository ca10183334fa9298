"""Fifty thousand finished jobs cost the live ones nothing: no statement reads them."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import TextClause, text

from jobproc.adapters.postgres import backlog
from jobproc.adapters.postgres import batches as batches_side
from jobproc.adapters.postgres import jobs as users_side
from jobproc.adapters.postgres import sessions as sessions_side
from jobproc.adapters.postgres import work as engines_side
from jobproc.adapters.postgres.database import Database, open_database
from jobproc.adapters.postgres.pages import HORIZON, MOST_LOOKED_AT, page_of, tally_of
from jobproc.adapters.postgres.statistics import _STATS
from jobproc.application.operating import MOST_COUNTED
from jobproc.application.run_times import FIRST_LOOK, LONGEST_LOOK, SHORTEST_LOOK
from jobproc.domain.filters import JobFilter
from jobproc.domain.ids import LAST_ID
from jobproc.domain.jobs import Job
from jobproc.domain.stats import LARGEST_SAMPLE, MOST_TALLIED
from tests.integration.contracts.stores import new_job, postgres_store

pytestmark = pytest.mark.anyio

# Of a test beside this one, which fills a table for example.
LONGEST_WRITE_SECONDS = 30
OWNER, OTHER, BATCH = UUID(int=1), UUID(int=3), UUID(int=7)
LIVE = {"PENDING": 2_000, "SCHEDULED": 20, "IN_PROGRESS": 20}
USER = "INSERT INTO users VALUES (CAST(:owner AS uuid), gen_random_uuid(), 'hash', now())"
# Ids sort as the rows were written, as those of the service do.
FILL = """
INSERT INTO jobs (
    id, owner, operation, status, data, result, priority, tags, attempt, max_attempts, timeout_seconds,
    retention_seconds, run_at, created_at, queued_at, started_at, finished_at, expires_at, lease_until, worker,
    losses, version, changed_at, cause, timeline, batch_id
)
SELECT (lpad(to_hex(n), 8, '0') || substr(md5(random()::text), 9))::uuid, CAST(:owner AS uuid), 'square_sum',
    s.status, '[1]',
    CASE WHEN s.status = 'SUCCESS' THEN '1'::json END, 0, '{}', 1, 3, 300, 604800,
    now(), now(), CASE WHEN s.status IN ('PENDING', 'IN_PROGRESS') THEN now() END, now(),
    CASE WHEN s.status = 'SUCCESS' THEN now() - interval '1 h' END,
    CASE WHEN s.status = 'SUCCESS' THEN now() + interval '12 s' * (n - 100) END,
    CASE WHEN s.status = 'IN_PROGRESS' THEN now() - interval '1 s' END,
    CASE WHEN s.status = 'IN_PROGRESS' THEN gen_random_uuid() END, 0, 1, now(), 'submitted', '[]',
    CASE WHEN s.status = 'SUCCESS' AND n <= 30000 THEN lpad(to_hex(n / 100), 32, '0')::uuid END
FROM (SELECT CAST(:status AS text) AS status) AS s, generate_series(1, :count) AS n
"""
# One in a thousand has been over for long enough.
SESSIONS = """
INSERT INTO sessions (id, user_id, created_at, expires_at)
SELECT gen_random_uuid(), CAST(:owner AS uuid), now() - interval '40 days',
    now() + CASE WHEN n % 1000 = 0 THEN interval '-2 days' ELSE interval '1 day' END
FROM generate_series(1, :count) AS n
"""
RARE = (
    "UPDATE jobs SET operation = 'cube_sum' WHERE id = (SELECT id FROM jobs WHERE status = 'PENDING' LIMIT 1)"
)
PLANS_OF_PAGES = """
SELECT generic_plans, custom_plans FROM pg_prepared_statements
WHERE statement LIKE '%ORDER BY owner%' AND statement NOT LIKE '%pg_prepared_statements%'
"""
PLANS_OF_CLAIMS = """
SELECT name, generic_plans, custom_plans FROM pg_prepared_statements
WHERE statement LIKE '%known(operation)%' AND statement NOT LIKE '%pg_prepared_statements%'
"""
MOST_ROWS = 200
ONE = {"owner": OWNER, "ids": [UUID(int=5)]}
PAGE = {"owner": OWNER, "limit": 50, "before": LAST_ID, "since": UUID(int=0)}
CLAIMS = {"id": [UUID(int=5)], "version": [2]}
KNOWN = {"operation_0": "square_sum", "operation_1": "cube_sum"}
NOW = datetime.now(UTC)
STARTED = [new_job(OWNER, NOW).start(OTHER, NOW, timedelta(seconds=15)) for _ in range(3)]
STATEMENTS: list[tuple[str, TextClause, Mapping[str, Any], str]] = [
    ("look at few", engines_side._due(2, 8), KNOWN, "jobs_due"),
    ("look at many", engines_side._due(2, 8, engines_side._IF_FREE), KNOWN, "jobs_due"),
    ("start one", *engines_side._START.of(STARTED[:1]), "jobs_pkey"),
    ("start several", *engines_side._START.of(STARTED), "jobs_pkey"),
    ("rescue", engines_side._LAPSED, {"limit": 100}, "jobs_leased"),
    ("promote", engines_side._DATED, {"limit": 100}, "jobs_dated"),
    ("purge", engines_side._PURGE, {"limit": 100}, "jobs_expiring"),
    ("overdue", engines_side._OVERDUE, {"age": timedelta(seconds=2)}, "jobs_waiting"),
    ("renew", engines_side._RENEW, {"lease": timedelta(seconds=15), **CLAIMS}, "jobs_"),
    ("held", engines_side._HELD, CLAIMS, "jobs_"),
    ("first page", page_of((), content=True), PAGE, "jobs_by_id"),
    ("next page", page_of((), content=False), {**PAGE, "before": UUID(int=1 << 127)}, "jobs_by_id"),
    ("get", users_side._GET, ONE, "jobs_pkey"),
    ("timelines", users_side._TIMELINES, ONE, "jobs_pkey"),
    ("batch", batches_side._STATE, {"owner": OWNER, "id": BATCH}, "jobs_of_batch"),
    ("jobs of a batch", batches_side._JOB_IDS, {"owner": OWNER, "id": BATCH}, "jobs_of_batch"),
    (
        "page of a batch",
        page_of(("statuses", "batch_id"), content=False),
        {**PAGE, "statuses": ["PENDING"], "batch_id": BATCH},
        "jobs_of_batch",
    ),
    ("key", users_side._OF_KEYS, {"owner": [OWNER], "idempotency_key": ["k"]}, "jobs_of_key"),
]


@pytest.fixture
async def history(database_url: str, anyio_backend: str) -> AsyncIterator[Database]:
    async with open_database(database_url) as database:
        await database.run(text(USER), {"owner": OWNER})
        for status, count in {**LIVE, "SUCCESS": 50_000}.items():
            await database.run(text(FILL), {"owner": OWNER, "status": status, "count": count})
        await database.run(text("ANALYZE jobs"))
        yield database


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from nodes(below)


async def plan_of(
    database: Database, statement: TextClause, values: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    explain = text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.text}")
    answer = (await database.run(explain, values))[0][0]
    found = json.loads(answer) if isinstance(answer, str) else answer
    return list(nodes(found[0]["Plan"]))


def rows_read(node: Mapping[str, Any]) -> float:
    return float((node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"])


async def test_no_statement_reads_the_history(history: Database) -> None:
    for name, statement, values, index in STATEMENTS:
        plan = await plan_of(history, statement, values)
        scans = [node for node in plan if node.get("Relation Name") == "jobs" and "Scan" in node["Node Type"]]
        assert scans, name
        assert not [node for node in scans if node["Node Type"] == "Seq Scan"], name
        assert any(node.get("Index Name", "").startswith(index) for node in plan), name
        assert max(map(rows_read, scans)) <= MOST_ROWS, name


@pytest.mark.parametrize("conditions", [(), ("statuses",)], ids=["a page", "a filtered page"])
async def test_a_page_of_old_jobs_does_not_read_those_of_everybody(
    history: Database, conditions: tuple[str, ...]
) -> None:
    await history.run(text(USER), {"owner": OTHER})
    await history.run(text(FILL), {"owner": OTHER, "status": "SUCCESS", "count": 2_000})
    await history.run(text("ANALYZE jobs"))
    values = {**PAGE, "owner": OTHER} | {name: ["SUCCESS"] for name in conditions}
    plan = await plan_of(history, page_of(conditions, content=False), values)
    assert max(map(rows_read, plan)) <= MOST_ROWS


async def test_every_page_is_planned_for_its_owner(database_url: str) -> None:
    async with open_database(database_url, pool_size=1) as database:
        jobs = users_side.PostgresJobs(database)
        for _ in range(10):
            await jobs.page(OWNER, before=None, limit=10, wanted=JobFilter(tag="nothing has it"))
        assert list(map(tuple, await database.run(text(PLANS_OF_PAGES)))) == [(0, 10), (0, 10)]


@pytest.mark.parametrize("lock", ["", engines_side._IF_FREE], ids=["few", "many"])
@pytest.mark.parametrize("look", [SHORTEST_LOOK, FIRST_LOOK, LONGEST_LOOK])
async def test_a_look_has_one_plan_by_the_index_though_its_table_was_empty_when_it_was_made(
    database_url: str, look: int, lock: str
) -> None:
    async with open_database(database_url, pool_size=1) as database:
        for _ in range(10):
            await database.fetch(engines_side._due(2, look, lock), KNOWN)
        [(name, generic, custom)] = map(tuple, await database.run(text(PLANS_OF_CLAIMS)))
        assert (generic, custom) == (5, 5)
        plan = await database.run(text(f"EXPLAIN EXECUTE \"{name}\" ('square_sum', 'cube_sum')"))
        assert any("Index Scan using jobs_due" in row[0] for row in plan), plan


async def test_a_filter_that_fits_nothing_reads_a_bounded_part_of_the_history(history: Database) -> None:
    place = {"owner": OWNER, "before": LAST_ID, "since": UUID(int=0)}
    plan = await plan_of(history, HORIZON, place)
    assert max(map(rows_read, plan)) <= MOST_LOOKED_AT
    [(horizon,)] = await history.run(HORIZON, place)
    values = place | {"since": horizon, "limit": 50, "tag": "nothing has it"}
    plan = await plan_of(history, page_of(("tag",), content=False), values)
    assert not [node for node in plan if node["Node Type"] == "Seq Scan"]
    assert max(map(rows_read, plan)) <= MOST_LOOKED_AT


async def test_forgetting_sessions_reads_those_that_are_over_only(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.run(text(USER), {"owner": OWNER})
        await database.run(text(SESSIONS), {"owner": OWNER, "count": 20_000})
        await database.run(text("ANALYZE sessions"))
        plan = await plan_of(database, sessions_side._PURGE, {"limit": 10, "memory": timedelta(days=1)})
        scans = [node for node in plan if node.get("Relation Name") == "sessions"]
        assert any(node.get("Index Name") == "sessions_over" for node in scans)
        assert max(map(rows_read, scans)) <= MOST_ROWS


async def test_numbers_come_from_a_bounded_part_of_the_history(history: Database) -> None:
    asked = {"owner": OWNER, "length": timedelta(days=1), "step": timedelta(hours=1)}
    plan = await plan_of(history, _STATS, asked)
    scans = [node for node in plan if node.get("Relation Name") == "jobs" and "Scan" in node["Node Type"]]
    assert not [node for node in scans if node["Node Type"] == "Seq Scan"]
    assert sorted(map(rows_read, scans)) == [sum(LIVE.values()), LARGEST_SAMPLE]


async def test_what_metrics_ask_reads_neither_the_history_nor_all_that_waits(history: Database) -> None:
    await history.run(text(FILL), {"owner": OWNER, "status": "PENDING", "count": 4 * MOST_COUNTED})
    await history.run(text("ANALYZE jobs"))
    await history.run(text(RARE))
    plan = await plan_of(history, backlog._BY_OPERATION, {})
    scans = [node for node in plan if node.get("Relation Name") == "jobs"]
    assert max(map(rows_read, scans)) <= MOST_COUNTED + 1


async def test_a_tally_looks_at_a_bounded_part_of_the_jobs(history: Database) -> None:
    plan = await plan_of(
        history, tally_of(("operation", "tag")), PAGE | {"operation": "square_sum", "tag": "x"}
    )
    scans = [node for node in plan if node.get("Relation Name") == "jobs" and "Scan" in node["Node Type"]]
    assert [(node["Index Name"], rows_read(node)) for node in scans] == [("jobs_by_id", MOST_TALLIED)]


async def test_renewals_and_progress_touch_no_index(database_url: str) -> None:
    async with postgres_store(database_url) as store:
        await store.add(await store.owner(), 5)
        claims = await store.claim(5)
    # While somebody writes in another database of the server, old rows stay, and a third of the updates find no room.
    deadline = time.monotonic() + LONGEST_WRITE_SECONDS
    while touched := await indexes_touched(database_url, claims):
        assert time.monotonic() < deadline, f"{touched} of 100 updates touched an index"


async def indexes_touched(database_url: str, claims: Sequence[Job]) -> int:
    """How many of a hundred updates had to tell the indexes."""
    async with open_database(database_url, pool_size=1) as database:
        before = await updates(database)
    async with open_database(database_url, pool_size=1) as database:
        work = engines_side.PostgresWork(database)
        for _ in range(10):
            await work.renew(claims, lease=timedelta(seconds=15))
            await work.report(claims)
    # What a connection has done is counted when it is closed.
    async with open_database(database_url, pool_size=1) as database:
        while (after := await updates(database))["n_tup_upd"] < before["n_tup_upd"] + 100:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    hot = after["n_tup_hot_upd"] - before["n_tup_hot_upd"]
    return after["n_tup_upd"] - before["n_tup_upd"] - hot


async def updates(database: Database) -> Mapping[str, int]:
    """All updates of jobs so far, and those that touched no index."""
    counts = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'jobs'"
    return dict((await database.run(text(counts)))[0]._mapping)
