"""Who is done with Redis leaves nothing open, at whatever moment, and opens nothing again."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from redis.asyncio import Redis

from jobproc.adapters.redis.events import RedisEvents
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.application.events import Hint
from jobproc.application.pausing import pause
from jobproc.domain.jobs import JobStatus
from tests.integration.redis.own import OwnValkey

pytestmark = pytest.mark.anyio

ADA = UUID(int=1)
HINT = Hint(ADA, uuid4(), 1, JobStatus.PENDING)
MOMENTS = 12


async def connections(client: Redis) -> int:
    """How many there are, beside the one that asks."""
    return len(await client.client_list()) - 1


async def ticks(number: int) -> None:
    """Let the loop turn so often."""
    for _ in range(number):
        await asyncio.sleep(0)


async def listen(url: str, moment: int) -> None:
    async with RedisEvents(url) as events, events.subscribe(ADA):
        # The listener talks to Redis from now on.
        events._listener._wanted.set()
        await ticks(moment)


async def begin_to_listen(url: str, moment: int) -> None:
    async with RedisEvents(url) as events:
        subscribing = asyncio.create_task(events.subscribe(ADA).__aenter__())
        await ticks(moment)
    subscribing.cancel()


async def publish(url: str, moment: int) -> None:
    async with RedisEvents(url) as events:
        events.publish([HINT])
        await ticks(moment)


async def ask(url: str, moment: int) -> None:
    async with PromptRedis(url) as redis:
        asking = asyncio.create_task(redis.ask("return 1", (), ()))
        await ticks(moment)
        asking.cancel()


@pytest.mark.parametrize("use", [listen, begin_to_listen, publish, ask])
async def test_who_leaves_at_any_moment_leaves_soon_and_no_connection_open(
    valkey: OwnValkey, use: Callable[[str, int], Awaitable[None]]
) -> None:
    async with valkey.client() as client:
        for moment in range(MOMENTS):
            await asyncio.wait_for(use(valkey.url, moment), 10)
        async with asyncio.timeout(5):
            while await connections(client):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_who_comes_after_the_end_opens_no_connection(valkey: OwnValkey) -> None:
    async with RedisEvents(valkey.url) as events, PromptRedis(valkey.url) as redis:
        pass
    events.publish([HINT])
    events.publish_missed(ADA)
    async with events.subscribe(ADA) as subscription:
        assert await asyncio.wait_for(subscription.next(), 1) is None
    assert await redis.ask("return 1", (), ()) is None
    await pause(asyncio.Event(), timedelta(seconds=0.1))
    async with valkey.client() as client:
        assert await connections(client) == 0


async def test_the_end_waits_for_no_server_that_hangs(valkey: OwnValkey) -> None:
    async with RedisEvents(valkey.url) as events, PromptRedis(valkey.url), events.subscribe(ADA):
        valkey.freeze()
        events.publish([HINT])
