"""With Redis gone or hung, who follows a job still learns of its end within seconds."""

import asyncio
from collections.abc import Callable

import pytest
from pydantic import SecretStr

from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import serving
from tests.integration.redis.own import OwnValkey

pytestmark = pytest.mark.anyio

MISHAPS: dict[str, Callable[[OwnValkey], None]] = {"stopped": OwnValkey.stop, "frozen": OwnValkey.freeze}
SECONDS = 12


@pytest.mark.parametrize("mishap", MISHAPS)
async def test_streams_and_waits_that_are_open_or_begin_while_redis_is_away_tell_the_end(
    valkey: OwnValkey, database_url: str, mishap: str
) -> None:
    settings = Settings(
        profile=Profile.PRODUCTION,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(valkey.url),
        jwt_keys=SecretStr("test:" + "k" * 32),
    )
    async with serving(settings, slots=0) as service:
        ada = await service.register()
        path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
        before = service.stream(ada, f"{path}/events", accept="text/event-stream")
        late = service.stream(ada, f"{path}/events", accept="text/event-stream")
        async with service.stream(ada, "/v1/events") as everything, before:
            waits = [asyncio.create_task(ada.get(path, prefer="wait=60"))]
            assert (await before.next()).data["status"] == "PENDING"
            MISHAPS[mishap](valkey)
            async with late:
                assert (await late.next(seconds=SECONDS)).data["status"] == "PENDING"
                waits.append(asyncio.create_task(ada.get(path, prefer="wait=60")))
                await asyncio.wait_for(service.application.worker.run_all_due(), SECONDS)
                for stream in (before, late):
                    assert [event.data["status"] for event in await stream.rest(SECONDS)][-1] == "SUCCESS"
            answers = await asyncio.wait_for(asyncio.gather(*waits), SECONDS)
            assert {answer.json()["status"] for answer in answers} == {"SUCCESS"}
            # The word of the submission may have come before.
            await everything.next("reset", SECONDS)
