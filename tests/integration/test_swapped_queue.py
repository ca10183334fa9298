"""Any adapter can be swapped for another one in a line."""

import pytest
from dependency_injector import providers
from pydantic import SecretStr

from jobproc.entrypoints.container import adapters_for
from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import serving

pytestmark = pytest.mark.anyio


class LoudQueue:
    """A doorbell of somebody else, with nothing to open or to close."""

    def __init__(self) -> None:
        self.rings = 0

    def ring(self) -> None:
        """Count."""
        self.rings += 1


@pytest.mark.parametrize("profile", Profile)
async def test_a_service_runs_on_another_queue(profile: Profile, database_url: str, redis_url: str) -> None:
    settings = Settings(
        profile=profile,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        jwt_keys=SecretStr("test:" + "k" * 32),
    )
    adapters = adapters_for(settings)
    adapters.queue.override(providers.Singleton(LoudQueue))
    async with serving(settings, adapters) as service:
        ada = await service.register()
        job = await ada.submit([1, 2, 3])
        assert await ada.result(job) == {"status": "SUCCESS", "result": 14}
    assert adapters.queue().rings == 1  # type: ignore[union-attr]
