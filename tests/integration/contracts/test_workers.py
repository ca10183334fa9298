"""What every `Workers` promises: who has said lately to be there is there."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from jobproc.adapters.memory.workers import MemoryWorkers
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.workers import RedisWorkers
from jobproc.application.operating import Workers
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Presence
from tests.integration.processes.running import free_port

pytestmark = pytest.mark.anyio

ONE = Presence(uuid4(), "a:1", 2, frozenset({"square_sum", "größe"}))
OTHER = Presence(uuid4(), "b:2", 4, frozenset())


@pytest.fixture(params=["memory", "redis"])
async def workers(request: pytest.FixtureRequest, anyio_backend: str) -> AsyncIterator[Workers]:
    """Nobody is there yet."""
    if request.param == "memory":
        yield MemoryWorkers()
        return
    async with PromptRedis(request.getfixturevalue("redis_url"), budget_seconds=10) as redis:
        fresh = RedisWorkers(redis)
        for each in await fresh.present():
            await fresh.leave(each.id)
        yield fresh


async def test_who_announces_itself_is_there_until_it_leaves(workers: Workers) -> None:
    await workers.announce(OTHER)
    for _ in range(2):
        await workers.announce(ONE)
    assert list(await workers.present()) == [ONE, OTHER]
    await workers.leave(ONE.id)
    assert list(await workers.present()) == [OTHER]
    await workers.leave(OTHER.id)
    assert list(await workers.present()) == []


async def test_who_leaves_twice_is_gone(workers: Workers) -> None:
    for _ in range(2):
        await workers.leave(ONE.id)
    assert list(await workers.present()) == []


async def test_who_falls_silent_is_gone_after_a_while(redis_url: str) -> None:
    async with PromptRedis(redis_url, budget_seconds=10) as redis:
        workers = RedisWorkers(redis, seconds=1)
        await workers.announce(ONE)
        assert ONE in await workers.present()
        await asyncio.sleep(1.2)
        assert ONE not in await workers.present()


async def test_who_is_gone_leaves_nothing_in_redis(redis_url: str) -> None:
    async with PromptRedis(redis_url, budget_seconds=10) as redis, Redis.from_url(redis_url) as client:
        workers = RedisWorkers(redis)
        await workers.announce(ONE)
        await client.delete(f"jobproc:worker:{ONE.id.hex}")
        assert ONE not in await workers.present()
        assert not await client.sismember("jobproc:workers", f"jobproc:worker:{ONE.id.hex}")


async def test_with_redis_away_announcing_goes_on_and_asking_is_refused() -> None:
    async with PromptRedis(f"redis://127.0.0.1:{free_port()}/0") as redis:
        workers = RedisWorkers(redis)
        await workers.announce(ONE)
        await workers.leave(ONE.id)
        with pytest.raises(Unavailable, match="Redis"):
            await workers.present()
