"""Postgres itself tells workers of due work, with the commit that makes it so."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid4

from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.ear import LOOK_SECONDS, PostgresEar
from jobproc.domain.jobs import Job, JobStatus
from tests.integration.contracts.stores import Store, new_job, postgres_store

pytestmark = pytest.mark.anyio
LEASE = timedelta(minutes=1)
END_LISTENERS = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'")


class Worker:
    """Counts how often it is woken."""

    def __init__(self) -> None:
        self.woken = 0
        self._news = asyncio.Event()

    def wake(self) -> None:
        self.woken += 1
        self._news.set()

    async def hears(self, seconds: float = 10) -> None:
        """Return once it is woken after the last time that it was asked."""
        async with asyncio.timeout(seconds):
            await self._news.wait()
        self._news.clear()


def set_event() -> asyncio.Event:
    """What is so from the start."""
    event = asyncio.Event()
    event.set()
    return event


@asynccontextmanager
async def listening(url: str) -> AsyncIterator[tuple[Worker, Store]]:
    """A worker that listens, and the store that it listens to."""
    worker = Worker()
    async with postgres_store(url) as store, PostgresEar(url, worker.wake, ready=set_event()):
        await worker.hears()
        yield worker, store


async def test_who_begins_to_listen_looks_once(database_url: str) -> None:
    async with listening(database_url) as (worker, _):
        assert worker.woken == 1


async def test_every_change_that_makes_work_due_is_heard(database_url: str) -> None:
    async with listening(database_url) as (worker, store):
        owner = await store.owner()
        job = new_job(owner, await store.clock.now())
        await store.jobs.add([job])
        await worker.hears()
        [claimed] = await store.work.claim(uuid4(), [job.operation], limit=1, lease=LEASE)
        await store.work.finish([claimed.give_back(claimed.changed_at)])
        await worker.hears()
        await store.jobs.change(owner, [job.id], Job.cancel)
        await store.jobs.change(owner, [job.id], Job.retry)
        await worker.hears()


async def test_what_is_not_due_wakes_nobody(database_url: str) -> None:
    async with listening(database_url) as (worker, store):
        now = await store.clock.now()
        later = new_job(await store.owner(), now)._replace(
            status=JobStatus.SCHEDULED, run_at=now + LEASE, queued_at=None
        )
        await store.jobs.add([later])
        await asyncio.sleep(10 * LOOK_SECONDS)
        assert worker.woken == 1


async def test_many_at_once_are_few_looks(database_url: str) -> None:
    async with listening(database_url) as (worker, store):
        owner, now = await store.owner(), await store.clock.now()
        began = asyncio.get_running_loop().time()
        await asyncio.gather(*(store.jobs.add([new_job(owner, now)]) for _ in range(200)))
        await worker.hears()
        await asyncio.sleep(2 * LOOK_SECONDS)
        assert worker.woken <= 2 + (asyncio.get_running_loop().time() - began) / LOOK_SECONDS


async def test_a_lost_connection_is_made_anew(database_url: str) -> None:
    async with listening(database_url) as (worker, store), open_database(database_url) as other:
        await other.run(END_LISTENERS)
        await worker.hears()
        await store.jobs.add([new_job(await store.owner(), await store.clock.now())])
        await worker.hears()


async def test_a_server_that_is_not_there_disturbs_nobody() -> None:
    async with PostgresEar("postgresql://nobody:x@127.0.0.1:1/test", lambda: None, ready=set_event()):
        await asyncio.sleep(0.05)
