"""What a claim leaves is handed on once another one can take it: while it is looked at, it is locked."""

import asyncio
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid4

from jobproc.application.run_times import RunTimes
from jobproc.application.running import RunDueJobs
from jobproc.domain.jobs import Job
from tests.integration.contracts.stores import new_job, postgres_store
from tests.unit.application.memory import OPERATIONS, House

pytestmark = pytest.mark.anyio
LEASE = timedelta(minutes=1)


async def test_what_a_claim_leaves_can_be_claimed_as_soon_as_it_is_handed_on(database_url: str) -> None:
    house, handed_on = House(), list[asyncio.Task[list[Job]]]()
    async with postgres_store(database_url) as store:
        owner, now = await store.owner(), await store.clock.now()
        jobs = [new_job(owner, now, operation="add", data="[1,2]") for _ in range(3)]
        await store.jobs.add(jobs)
        # Who would have to connect first would come late enough by that alone.
        await asyncio.gather(*(store.work.held(jobs) for _ in range(4)))

        async def claim() -> list[Job]:
            return list(await store.work.claim(uuid4(), tuple(OPERATIONS), limit=64, lease=LEASE))

        turn: RunDueJobs = house.run_due_jobs(work=store.work)
        turn.times = RunTimes({"add": 10.0})
        turn.hand_on = lambda: handed_on.append(asyncio.create_task(claim()))
        assert await turn() == 1
        [taken] = await asyncio.gather(*handed_on)
        assert len(taken) == 2
        await turn.recorder.settled()
