"""Fixtures for all tests. Servers start only when a test of the run can need them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from redis import Redis

from tests.servers import DATABASE, REDIS, TEMPLATE, Servers, create_database, drop_database, start_servers

settings.register_profile("jobproc", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("jobproc")

SERVERS = pytest.StashKey[Servers]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that the others are started from."""
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.option.collectonly or _needs_no_servers(config):
        return
    config.stash[SERVERS] = servers = start_servers()
    os.environ |= {DATABASE: servers.database_url, REDIS: servers.redis_url}


def pytest_unconfigure(config: pytest.Config) -> None:
    """End what was started."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()


def _needs_no_servers(config: pytest.Config) -> bool:
    unit = Path(__file__).parent / "unit"
    chosen = [(config.invocation_params.dir / each.partition("::")[0]).resolve() for each in config.args]
    return all(each.is_relative_to(unit) for each in chosen)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop that the service runs on."""
    return "asyncio"


@pytest.fixture
def database_url() -> Iterator[str]:
    """A migrated database of the test's own."""
    yield from _database(TEMPLATE)


@pytest.fixture
def empty_database_url() -> Iterator[str]:
    """A database without anything in it."""
    yield from _database(None)


@pytest.fixture
def redis_url() -> str:
    """A key space that tests running at the same time do not share, without the counts of those before."""
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    url = f"{os.environ[REDIS].rpartition('/')[0]}/{number + 1}"
    with Redis.from_url(url) as redis:
        for key in (*redis.keys("jobproc:rate:*"), *redis.keys("jobproc:login:*")):
            redis.delete(key)
    return url


def _database(template: str | None) -> Iterator[str]:
    server = os.environ[DATABASE]
    url = create_database(server, template)
    yield url
    drop_database(server, url)
