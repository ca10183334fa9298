"""Hints through Redis: what becomes of them, and of everybody around, while it is away."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.redis import publisher
from jobproc.adapters.redis.events import RedisEvents
from jobproc.adapters.redis.messages import LOST, channel
from jobproc.application.events import Hint, Subscription
from jobproc.domain.jobs import JobStatus
from tests.integration.redis.own import OwnValkey

pytestmark = pytest.mark.anyio

ADA = UUID(int=1)


@pytest.fixture
async def events(valkey: OwnValkey, anyio_backend: str) -> AsyncIterator[RedisEvents]:
    async with RedisEvents(valkey.url) as opened:
        yield opened


def hint(owner: UUID = ADA, version: int = 1) -> Hint:
    return Hint(owner, UUID(int=7), version, JobStatus.PENDING)


async def next_of(subscription: Subscription) -> Hint | None:
    return await asyncio.wait_for(subscription.next(), 10)


async def hints_flow(events: RedisEvents, subscription: Subscription) -> None:
    """What is published anew arrives, sooner or later."""
    async with asyncio.timeout(10):
        version = 100
        while True:
            events.publish([hint(version=version)])
            try:
                seen = await asyncio.wait_for(subscription.next(), 0.1)
            except TimeoutError:
                continue
            if seen and seen.version >= 100:
                return


async def test_a_reader_is_told_while_redis_is_gone_and_again_when_it_is_back(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    async with events.subscribe(ADA) as subscription:
        valkey.stop()
        events.publish([hint()])
        assert [await next_of(subscription) for _ in range(3)] == [None] * 3
        valkey.start()
        await hints_flow(events, subscription)
        async with events.subscribe(uuid7()) as late:
            events.publish([hint(late.owner)])
            assert await next_of(late) == hint(late.owner)


async def test_a_redis_that_hangs_stops_nobody_and_the_reader_is_told(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    async with events.subscribe(ADA) as subscription:
        valkey.freeze()
        began = time.monotonic()
        for _ in range(2 * publisher.LARGEST_BACKLOG):
            events.publish([hint()])
        assert time.monotonic() - began < 1
        async with events.subscribe(uuid7()) as late:
            assert time.monotonic() - began < 3
            assert await next_of(late) is None
        assert await next_of(subscription) is None
        valkey.thaw()
        await hints_flow(events, subscription)


async def test_an_emptied_redis_is_noticed_by_nobody(valkey: OwnValkey, events: RedisEvents) -> None:
    async with events.subscribe(ADA) as subscription, valkey.client() as client:
        await client.flushall()
        events.publish([hint()])
        assert await next_of(subscription) == hint()


async def test_a_reader_is_told_when_its_connection_was_cut_and_when_it_hears_again(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    async with events.subscribe(ADA) as subscription, valkey.client() as client:
        await client.client_kill_filter(_type="pubsub")
        assert [await next_of(subscription) for _ in range(2)] == [None] * 2
        await hints_flow(events, subscription)


async def test_everybody_is_told_when_a_publisher_had_to_drop_hints(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    async with RedisEvents(valkey.url) as busy, events.subscribe(ADA) as subscription:
        busy.publish([hint(uuid7())] * (publisher.LARGEST_BACKLOG + 1))
        assert await next_of(subscription) is None


async def test_who_subscribes_while_redis_is_away_does_not_wait_and_hears_when_it_is_back(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    valkey.stop()
    async with events.subscribe(ADA) as first:
        assert [await next_of(first) for _ in range(4)] == [None] * 4
        began = time.monotonic()
        async with events.subscribe(ADA) as subscription:
            assert time.monotonic() - began < 0.5
            valkey.start()
            assert await next_of(subscription) is None
            await hints_flow(events, subscription)


async def test_what_nobody_understands_makes_its_owner_read_again(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    other = uuid7()
    nonsense = ["", "7", "{", '["x"]', '[["x",1,null,null]]', f'[["{other.hex}",1,"UNHEARD_OF",null]]']
    async with events.subscribe(ADA) as subscription, events.subscribe(other) as others, valkey.client() as c:
        for each in nonsense:
            await c.publish(channel(ADA), each)
            assert await next_of(subscription) is None
        events.publish([hint(other)])
        assert await next_of(others) == hint(other)


async def test_all_readers_of_a_process_share_one_connection_and_their_owners_channels(
    valkey: OwnValkey, events: RedisEvents
) -> None:
    async with valkey.client() as client:

        async def channels() -> set[object]:
            return set(await client.pubsub_channels())

        async with AsyncExitStack() as stack:
            for _ in range(50):
                await stack.enter_async_context(events.subscribe(ADA, uuid7()))
            assert await channels() == {LOST, channel(ADA)}
            assert len(await client.client_list(_type="pubsub")) == 1
        async with asyncio.timeout(5):
            while await channels() != {LOST}:  # noqa: ASYNC110 - a server sends no event
                await asyncio.sleep(0.05)
        async with events.subscribe(ADA) as subscription:
            events.publish([hint()])
            assert await next_of(subscription) == hint()


async def test_the_last_hints_go_out_before_the_end(valkey: OwnValkey, events: RedisEvents) -> None:
    async with events.subscribe(ADA) as subscription:
        async with RedisEvents(valkey.url) as short:
            short.publish([hint()])
        assert await next_of(subscription) == hint()


async def test_leaving_takes_but_a_moment_while_redis_hangs(valkey: OwnValkey) -> None:
    async with RedisEvents(valkey.url) as events, events.subscribe(ADA):
        valkey.freeze()
        events.publish([hint()])
        began = time.monotonic()
    assert time.monotonic() - began < 2
