"""How claims get at due jobs while others are at them."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from jobproc.adapters.postgres.database import open_database
from tests.integration.contracts.stores import LEASE, Store, postgres_store

pytestmark = pytest.mark.anyio
HOLD = text("SELECT FROM jobs WHERE id = :id FOR UPDATE")


async def claims_until_empty(store: Store, limit: int) -> set[object]:
    claimed: set[object] = set()
    while jobs := await store.claim(limit):
        claimed |= {job.id for job in jobs}
    return claimed


@pytest.mark.parametrize("limit", [10, 2, 1], ids=["few", "many", "one by one"])
async def test_a_job_that_somebody_is_changing_is_passed_over_without_waiting(
    database_url: str, limit: int
) -> None:
    async with postgres_store(database_url) as store, open_database(database_url) as other:
        held, *free = await store.add(count=5)
        async with other.transaction() as connection:
            await connection.execute(HOLD, {"id": held.id})
            # Who waits for the lock is refused.
            assert await claims_until_empty(store, limit) == {job.id for job in free}
        assert await claims_until_empty(store, limit) == {held.id}


async def test_a_job_that_somebody_is_changing_does_not_stand_before_the_others(database_url: str) -> None:
    async with postgres_store(database_url) as store, open_database(database_url) as other:
        held, *free = await store.add(count=5)
        async with other.transaction() as connection:
            await connection.execute(HOLD, {"id": held.id})
            # One that takes long shares its claim with no other.
            claims = [
                await store.work.claim(
                    uuid7(), ("square_sum",), limit=10, lease=LEASE, take=lambda due: due[:1]
                )
                for _ in range(2 * len(free))
            ]
        assert [job.id for claim in claims for job in claim] == [job.id for job in free]


async def test_few_jobs_are_claimed_in_two_trips_and_none_in_one(database_url: str) -> None:
    async with postgres_store(database_url) as store:
        # A connection asks once about the types that it meets.
        await store.add(count=3)
        await store.claim(10)
        await store.add(count=3)
        async with store.work._database.straight() as connection:  # type: ignore[attr-defined]
            said = list[Any]()
            connection.add_query_logger(said.append)
        assert len(await store.claim(10)) == 3
        assert not await store.claim(10)
        # The driver tells of each when the loop turns.
        await asyncio.sleep(0)
        assert [each.query.split()[0] for each in said] == ["SELECT", "UPDATE", "SELECT"]
