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

HUNDRED, MANY = Rate(100, 120), Rate(100_000, 120)


class WatchedRedis(PromptRedis):
    """Remembers how often it was asked, and answers when it may."""

    def __init__(self, url: str) -> None:
        super().__init__(url, budget_seconds=10)
        self.trips = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def ask(self, script: str, keys: Sequence[str], values: Sequence[int | str]) -> object:
        """Ask."""
        self.trips += 1
        answer = await super().ask(script, keys, values)
        await self.may_answer.wait()
        return answer


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted ahead is kept for long, however slow the machine is."""
    monkeypatch.setattr(rates, "AHEAD_SECONDS", 60)


@pytest.mark.usefixtures("kept")
async def test_who_comes_often_waits_seldom_and_is_counted_exactly(redis_url: str) -> None:
    async with WatchedRedis(redis_url) as redis:
        limiter, before = RedisRateLimiter(redis), redis.trips
        standings = [await limiter.count("ada", MANY) for _ in range(1000)]
        assert [standing.used for standing in standings] == list(range(1, 1001))
        assert redis.trips - before < 1000 / MOST_AHEAD + 2


def look(limiter: RedisRateLimiter, *, came: float = 0.0) -> None:
    """As after the time for which something is kept; the latest of each has come so many seconds before."""
    for each in limiter._ahead.values():
        each.since -= rates.AHEAD_SECONDS
        each.came -= came
    limiter._give_back()


@pytest.mark.usefixtures("kept")
async def test_who_keeps_coming_keeps_nothing_for_long_and_is_counted_ahead_at_once_again(
    valkey: OwnValkey,
) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        for _ in range(2):
            await limiter.count("ada", MANY)
        assert await client.get("jobproc:rate:ada") == str(2 + MOST_AHEAD)
        look(limiter)
        assert limiter._giving_back
        await limiter._giving_back
        assert await client.get("jobproc:rate:ada") == "2"
        await limiter.count("ada", MANY)
        assert await client.get("jobproc:rate:ada") == str(3 + MOST_AHEAD)


@pytest.mark.usefixtures("kept")
async def test_who_stays_away_is_one_who_comes_once(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        await limiter.count("ada", MANY)
        look(limiter, came=rates.AHEAD_SECONDS)
        assert not limiter._ahead
        await limiter.count("ada", MANY)
        assert await client.get("jobproc:rate:ada") == "2"


async def test_who_comes_once_is_counted_once(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        await RedisRateLimiter(redis).count("ada", MANY)
        assert await client.get("jobproc:rate:ada") == "1"


@pytest.mark.usefixtures("kept")
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
    async with PromptRedis(valkey.url, budget_seconds=10) as redis:
        limiter, other = RedisRateLimiter(redis), RedisRateLimiter(redis)
        allowed = sum([(await limiter.count("ada", HUNDRED)).is_allowed for _ in range(2)])
        async with asyncio.timeout(10):
            while allowed < HUNDRED.limit:
                allowed += (await other.count("ada", HUNDRED)).is_allowed
        await asyncio.sleep(AHEAD_SECONDS)
        assert not (await other.count("ada", HUNDRED)).is_allowed


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("others", [0, 1])
async def test_what_is_given_back_too_late_changes_no_other_window(valkey: OwnValkey, others: int) -> None:
    async with WatchedRedis(valkey.url) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        for _ in range(2):
            await limiter.count("ada", HUNDRED)
        await client.flushall()
        for _ in range(others):
            await RedisRateLimiter(redis).count("ada", HUNDRED)
        # A window that begins when another one is over has far more left; here it is a moment younger.
        limiter._ahead["ada", HUNDRED].ends -= 10
        look(limiter)
        assert limiter._giving_back
        await limiter._giving_back
        assert await client.get("jobproc:rate:ada") == (str(others) if others else None)


@pytest.mark.usefixtures("kept")
async def test_what_is_given_back_during_a_trip_is_not_lost(valkey: OwnValkey) -> None:
    async with WatchedRedis(valkey.url) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        for name in ("ada", "bob"):
            for _ in range(2):
                await limiter.count(name, HUNDRED)
        while limiter._number_of(("ada", HUNDRED)):
            await limiter.count("ada", HUNDRED)
        used = int(await client.get("jobproc:rate:ada") or 0)
        redis.may_answer.clear()
        asked = [asyncio.create_task(limiter.count("ada", HUNDRED)) for _ in range(3)]
        await asyncio.sleep(0.01)
        look(limiter)
        redis.may_answer.set()
        assert sorted(standing.used for standing in await asyncio.gather(*asked)) == [
            used + 1,
            used + 2,
            used + 3,
        ]
        assert limiter._giving_back
        await limiter._giving_back
        assert await client.get("jobproc:rate:bob") == "2"


@pytest.mark.usefixtures("kept")
async def test_what_others_took_meanwhile_is_not_counted_ahead(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter, other = RedisRateLimiter(redis), RedisRateLimiter(redis)
        await limiter.count("ada", HUNDRED)
        for _ in range(95):
            await other.count("ada", HUNDRED)
        used = int(await client.get("jobproc:rate:ada") or 0)
        await limiter.count("ada", HUNDRED)
        assert await client.get("jobproc:rate:ada") == str(used + 1)


async def test_a_count_beyond_the_limit_that_an_earlier_release_left_is_a_refusal(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        await client.set("jobproc:rate:ada", 150, ex=100)
        for _ in range(2):
            standing = await RedisRateLimiter(redis).count("ada", HUNDRED)
            assert (standing.is_allowed, standing.remaining, standing.seconds_left > 60) == (False, 0, True)
        assert await client.get("jobproc:rate:ada") == "150"


async def test_of_a_window_that_ends_before_it_could_come_back_nothing_is_counted_ahead(
    valkey: OwnValkey,
) -> None:
    async with WatchedRedis(valkey.url) as redis:
        limiter, rate, before = RedisRateLimiter(redis), Rate(1000, 1), redis.trips
        for _ in range(5):
            await limiter.count("ada", rate)
        assert redis.trips - before == 5


@pytest.mark.usefixtures("kept")
async def test_what_was_counted_ahead_ends_with_its_window(valkey: OwnValkey) -> None:
    async with PromptRedis(valkey.url, budget_seconds=10) as redis, valkey.client() as client:
        limiter = RedisRateLimiter(redis)
        for _ in range(2):
            await limiter.count("ada", HUNDRED)
        await client.delete("jobproc:rate:ada")
        limiter._ahead["ada", HUNDRED].ends = 0
        assert (await limiter.count("ada", HUNDRED)).used == 1


@pytest.mark.usefixtures("kept")
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
