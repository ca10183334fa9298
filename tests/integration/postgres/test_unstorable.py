"""Content that Postgres refuses ends the job that it belongs to, and no other."""

from typing import Any

import pytest

from jobproc.domain.errors import InvalidInput
from jobproc.domain.jobs import Job
from tests.integration.contracts.stores import postgres_store

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("result", ["{", "", '"\ud800"', '"\0"', 5, None])
async def test_nothing_of_a_batch_is_recorded_with_an_unstorable_result(
    database_url: str, result: Any
) -> None:
    async with postgres_store(database_url) as store:
        await store.add(await store.owner(), 2)
        good, bad = await store.claim(2)
        now = await store.clock.now()
        unstorable: Job = bad.succeed("1", now)._replace(result=result)
        with pytest.raises(InvalidInput):
            await store.work.finish([good.succeed("1", now), unstorable])
        assert [await store.see(job) for job in (good, bad)] == [good, bad]
        assert await store.work.finish([good.succeed("1", now)]) == {good.id}
