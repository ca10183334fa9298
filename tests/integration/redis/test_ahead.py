"""What a process counts ahead in Redis, for requests that it expects."""

import asyncio
from collections.abc import Sequence

import pytest

from jobproc.adapters.redis import rates
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.rates import AHEAD_SECONDS, MOST_AHEAD, PART_AHEAD, RedisRateLimiter
from jobproc.domain.rates import Rate
from tests.integration.redis.own import OwnValkey

pytestmark = [pytest.mark.anyio, pytest.mark.real]

HUNDRED, MANY = Rate(100, 60), Rate(100_000, 60)


class CountedRedis(PromptRedis):
    """Remembers how often it was asked."""

    trips = 0

    async def ask(self, script: str, keys: Sequence[str], values: Sequence[int | str]) -> object:
        """Ask."""
        self.trips += 1
        return await super().ask(script, keys, values)


async def test_who_comes_often_waits_seldom_and_is_counted_exactly(redis_url: str) -> None:
    async with CountedRedis(redis_url, budget_seconds=10) as redis:
        limiter, before = RedisRateLimiter(redis), redis.trips
        standings = [await limiter.count("ada", MANY) for _ in range(1000)]
        assert [standing.used for standing in standings] == list(range(1, 1001))
        # A slow machine begins anew with each second.
        assert redis.trips - before < 500


async def test_who_comes_once_is_counted_once(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        await RedisRateLimiter(redis).count("ada", MANY)
        assert await client.get("jobproc:rate:ada") == "1"


@pytest.mark.parametrize("processes", [1, 4])
async def test_of_what_is_left_only_a_part_is_counted_ahead(valkey: OwnValkey, processes: int) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis, processes)
        ahead = []
        for _ in range(100):
            used = (await limiter.count("ada", HUNDRED)).used
            ahead.append(int(await client.get("jobproc:rate:ada") or 0) - used)
        assert max(ahead) == 99 // (PART_AHEAD * processes) < MOST_AHEAD
        assert ahead[-PART_AHEAD:] == [0] * PART_AHEAD


async def test_what_did_not_come_is_given_back_for_others(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter, other = RedisRateLimiter(redis), RedisRateLimiter(redis)
        for _ in range(2):
            await limiter.count("ada", HUNDRED)
        while (await other.count("ada", HUNDRED)).is_allowed:
            pass
        await asyncio.sleep(AHEAD_SECONDS)
        async with asyncio.timeout(10):
            while int(await client.get("jobproc:rate:ada") or 0) == HUNDRED.limit:  # noqa: ASYNC110 - it is Redis
                await asyncio.sleep(0.01)
        allowed = 0
        while (await other.count("ada", HUNDRED)).is_allowed:
            allowed += 1
        assert 0 < allowed <= 99 // PART_AHEAD


async def test_what_is_given_back_too_late_begins_no_window(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        for _ in range(2):
            await limiter.count("ada", HUNDRED)
        await client.flushall()
        await asyncio.sleep(AHEAD_SECONDS * 1.5)
        assert await client.keys("jobproc:rate:*") == []


async def test_what_was_counted_ahead_ends_with_its_window(
    redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rates, "AHEAD_SECONDS", 60)
    async with PromptRedis(redis_url, budget_seconds=10) as redis:
        limiter, rate = RedisRateLimiter(redis), Rate(1000, 1)
        for _ in range(2):
            await limiter.count("ada", rate)
        await asyncio.sleep(1.1)
        assert (await limiter.count("ada", rate)).used == 1


async def test_what_is_counted_ahead_is_allowed_while_redis_is_away_and_the_share_after_it(
    valkey: OwnValkey,
) -> None:
    async with PromptRedis(valkey.url) as redis:
        limiter = RedisRateLimiter(redis, processes=2)
        for _ in range(2):
            await limiter.count("ada", HUNDRED)
        valkey.freeze()
        standings = [await limiter.count("ada", HUNDRED) for _ in range(60)]
        ahead = 99 // (2 * PART_AHEAD)
        assert [standing.used for standing in standings[:ahead]] == list(range(3, 3 + ahead))
        assert {standing.rate for standing in standings[:ahead]} == {HUNDRED}
        assert [standing.rate.limit for standing in standings[ahead:]] == [50] * (60 - ahead)
        assert sum(standing.is_allowed for standing in standings[ahead:]) == 50 - (2 + ahead) // 2
