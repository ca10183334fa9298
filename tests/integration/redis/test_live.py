"""What a job does reaches those who listen, from a real child to another process; without Redis all else goes on."""

import asyncio
import time
from collections.abc import Callable
from contextlib import AsyncExitStack

import pytest
from pydantic import SecretStr

from jobproc.application.events import Hint
from jobproc.domain.jobs import JobStatus, Progress
from jobproc.domain.users import Username
from jobproc.entrypoints.container import adapters_for
from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import Adapters, serving
from tests.integration.redis.own import OwnValkey

pytestmark = pytest.mark.anyio

S = JobStatus
MISHAPS: dict[str, Callable[[OwnValkey], None]] = {"stopped": OwnValkey.stop, "frozen": OwnValkey.freeze}


def settings_of(profile: Profile, database_url: str, redis_url: str) -> Settings:
    return Settings(
        profile=profile,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        jwt_keys=SecretStr("test:" + "k" * 32),
        operations="tests.integration.contracts.wild",
    )


def elsewhere(settings: Settings, adapters: Adapters) -> Adapters:
    """The adapters of another process of the same service."""
    return adapters if settings.profile is Profile.MEMORY else adapters_for(settings)


@pytest.mark.parametrize("profile", Profile)
async def test_every_status_and_the_progress_of_a_job_reach_who_listens(
    profile: Profile, database_url: str, redis_url: str
) -> None:
    settings = settings_of(profile, database_url, redis_url)
    adapters = adapters_for(settings)
    async with serving(settings, adapters) as service, AsyncExitStack() as stack:
        ada = await service.register()
        user = await adapters.users().named(Username.parse("ada"))
        assert user
        events = elsewhere(settings, adapters).events()
        if profile is Profile.PRODUCTION:
            await stack.enter_async_context(events)  # type: ignore[arg-type]
        subscription = await stack.enter_async_context(events.subscribe(user.id))
        await ada.submit(0, "tell")
        heard: list[Hint] = []
        while not heard or heard[-1].status is not S.SUCCESS:
            hint = await asyncio.wait_for(subscription.next(), 10)
            assert hint
            heard.append(hint)
    # They come from two processes, so only those of one of them are in order.
    told = {(hint.version, hint.status, hint.progress) for hint in heard}
    assert told == {
        (1, S.PENDING, None),
        (2, S.IN_PROGRESS, None),
        (2, None, Progress(1, 2, "half")),
        (3, S.SUCCESS, None),
    }


@pytest.mark.parametrize("mishap", MISHAPS)
async def test_with_redis_away_jobs_are_taken_at_once_and_run_and_readers_are_told(
    mishap: str, valkey: OwnValkey, database_url: str
) -> None:
    settings = settings_of(Profile.PRODUCTION, database_url, valkey.url)
    adapters = adapters_for(settings)
    async with serving(settings, adapters) as service:
        ada = await service.register()
        user = await adapters.users().named(Username.parse("ada"))
        assert user
        async with adapters.events().subscribe(user.id) as subscription:
            MISHAPS[mishap](valkey)
            began = time.monotonic()
            jobs = [await ada.submit([number]) for number in range(3)]
            assert time.monotonic() - began < 1
            assert [(await ada.result(job))["result"] for job in jobs] == [0, 1, 4]
            assert await asyncio.wait_for(subscription.next(), 10) is None
