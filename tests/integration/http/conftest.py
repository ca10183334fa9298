"""The seed surface runs over both profiles."""

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from jobproc.entrypoints.settings import Profile, Settings
from tests.integration.http.service import UNLIMITED, Service, serving

KEYS = SecretStr("test:" + "k" * 32)


@pytest.fixture
def production(database_url: str, redis_url: str) -> Settings:
    """Real Postgres, real broker."""
    return Settings(
        profile=Profile.PRODUCTION,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(redis_url),
        jwt_keys=KEYS,
        **UNLIMITED,
    )


@pytest.fixture
def memory() -> Settings:
    """Everything in this process."""
    return Settings(profile=Profile.MEMORY, jwt_keys=KEYS, **UNLIMITED)


@pytest.fixture(params=["memory", "production"])
def profile(request: pytest.FixtureRequest) -> Settings:
    """The settings of either profile."""
    settings: Settings = request.getfixturevalue(request.param)
    return settings


@pytest.fixture
async def service(profile: Settings, anyio_backend: str) -> AsyncIterator[Service]:
    """The whole service."""
    async with serving(profile) as running:
        yield running


@pytest.fixture
async def idle_service(profile: Settings, anyio_backend: str) -> AsyncIterator[Service]:
    """The service without anybody who works."""
    async with serving(profile, slots=0) as running:
        yield running
