"""Limits while Redis is away: each process goes on by its share, and nobody waits."""

import time

import pytest

from jobproc.adapters.redis.attempts import RedisLoginAttempts
from jobproc.adapters.redis.prompt import AWAY_SECONDS, PromptRedis
from jobproc.adapters.redis.rates import RedisRateLimiter
from jobproc.domain.rates import FREE_FAILURES, Rate
from tests.integration.redis.own import OwnValkey

pytestmark = [pytest.mark.anyio, pytest.mark.real]

TEN = Rate(10, 60)


@pytest.mark.parametrize("how", ["stop", "freeze"])
async def test_each_process_allows_its_share_and_asks_again_within_a_second(
    valkey: OwnValkey, how: str
) -> None:
    getattr(valkey, how)()
    async with PromptRedis(valkey.url) as redis:
        limiter = RedisRateLimiter(redis, processes=2)
        standings = [await limiter.count("ada", TEN) for _ in range(8)]
        assert [standing.is_allowed for standing in standings] == [True] * 5 + [False] * 3
        {"stop": valkey.start, "freeze": valkey.thaw}[how]()
        deadline = time.monotonic() + 10 * AWAY_SECONDS
        while (standing := await limiter.count("bob", TEN)).rate != TEN:
            assert time.monotonic() < deadline
        assert standing.rate == TEN


async def test_a_process_goes_on_from_what_it_knew(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url) as redis:
        limiter = RedisRateLimiter(redis)
        allowed = [(await limiter.count("ada", TEN)).is_allowed for _ in range(7)]
        valkey.freeze()
        allowed += [(await limiter.count("ada", TEN)).is_allowed for _ in range(7)]
        assert allowed == [True] * 10 + [False] * 4


async def test_one_request_in_a_second_waits_and_no_longer_than_its_budget(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url) as redis:
        limiter = RedisRateLimiter(redis)
        valkey.freeze()
        times = []
        for _ in range(50):
            began = time.monotonic()
            await limiter.count("ada", TEN)
            times.append(time.monotonic() - began)
        # Generous, for a machine with other work.
        assert times[0] < 1
        assert sum(times[1:]) < 1


async def test_guessing_is_slow_without_redis_too(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url) as redis:
        attempts = RedisLoginAttempts(redis)
        valkey.stop()
        delays = [await attempts.begin("ada") for _ in range(FREE_FAILURES + 5)]
        assert delays.count(0) == FREE_FAILURES
        await attempts.forget("ada")
        assert await attempts.begin("ada") == 0


async def test_counts_are_gone_with_redis_and_begin_anew(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        await limiter.count("ada", TEN)
        assert await client.pttl("jobproc:rate:ada") <= 60_000
        await client.flushall()
        await client.script_flush()
        assert (await limiter.count("ada", TEN)).used == 1


async def test_a_connection_that_was_closed_while_nobody_used_it_is_no_loss(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        await limiter.count("ada", TEN)
        await client.client_kill_filter(_type="normal", skipme=True)
        assert [(await limiter.count("ada", TEN)).used for _ in range(2)] == [2, 3]
        assert await client.get("jobproc:rate:ada") == "3"
