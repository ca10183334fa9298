"""Submissions that share a statement share no failure."""

import asyncio

import pytest
from uuid_utils.compat import uuid4

from jobproc.adapters.postgres.failures import STATEMENT_ERRORS
from tests.integration.contracts.stores import new_job, postgres_store

pytestmark = pytest.mark.anyio


async def test_a_row_that_the_database_refuses_leaves_its_neighbours_alone(database_url: str) -> None:
    async with postgres_store(database_url) as store:
        owner = await store.owner()
        now = await store.clock.now()
        good = [new_job(owner, now) for _ in range(5)]
        bad = new_job(owner, now)._replace(owner=uuid4())
        stored = await asyncio.gather(
            *(store.jobs.add([job]) for job in (*good, bad)), return_exceptions=True
        )
        assert stored[:5] == [[job] for job in good]
        assert isinstance(stored[5], STATEMENT_ERRORS)
        assert len(await store.jobs.get(owner, [job.id for job in good])) == 5
