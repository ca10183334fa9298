"""What a process tallies by itself, beside what Redis says that all have counted."""

import asyncio
from collections.abc import Sequence

import pytest

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.rates import KNOWN_SECONDS, RedisRateLimiter
from jobproc.domain.rates import Rate

pytestmark = pytest.mark.anyio

TEN = Rate(10, 60)


class SlowRedis(PromptRedis):
    """Counts, and answers when it is told to."""

    def __init__(self) -> None:
        super().__init__("redis://nowhere")
        self.used = 0
        self.may_answer = asyncio.Event()

    async def ask(self, script: str, keys: Sequence[str], values: Sequence[int | str]) -> list[int]:
        """As the script does."""
        self.used += int(values[0])
        answer = [self.used, 60_000]
        await self.may_answer.wait()
        return answer


async def test_what_is_tallied_during_a_trip_is_added_to_its_answer() -> None:
    redis = SlowRedis()
    redis.may_answer.set()
    limiter = RedisRateLimiter(redis)
    await limiter.count("ada", TEN)
    redis.may_answer.clear()
    trip = asyncio.create_task(limiter.count("ada", TEN))
    await asyncio.sleep(0.01)
    tallied = [limiter.tally("ada", TEN) for _ in range(3)]
    assert [standing and standing.used for standing in tallied] == [2, 3, 4]
    redis.may_answer.set()
    assert (await trip).used == 2
    after = limiter.tally("ada", TEN)
    assert after
    assert after.used == 6
    await limiter.count("ada", TEN)
    assert redis.used == 7


async def test_many_tallies_are_told_by_one_trip_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = SlowRedis()
    redis.may_answer.set()
    trips: list[int | str] = []
    ask = redis.ask

    async def spy(script: str, keys: Sequence[str], values: Sequence[int | str]) -> list[int]:
        trips.append(values[0])
        return await ask(script, keys, values)

    monkeypatch.setattr(redis, "ask", spy)
    limiter = RedisRateLimiter(redis)
    await limiter.count("ada", TEN)
    for _ in range(5):
        limiter.tally("ada", TEN)
    async with asyncio.timeout(10):
        while redis.used < 6:  # noqa: ASYNC110 - what it waits for is a plain number
            await asyncio.sleep(0.001)
    assert trips == [1, 5]


@pytest.mark.real
async def test_who_has_heard_nothing_for_a_second_asks(redis_url: str) -> None:
    async with (
        PromptRedis(redis_url, budget_seconds=10) as mine,
        PromptRedis(redis_url, budget_seconds=10) as other,
    ):
        limiter, others = RedisRateLimiter(mine), RedisRateLimiter(other)
        await limiter.count("ada", TEN)
        for _ in range(9):
            await others.count("ada", TEN)
        await asyncio.sleep(KNOWN_SECONDS)
        assert limiter.tally("ada", TEN) is None
        assert not (await limiter.count("ada", TEN)).is_allowed
