"""The counters that the suites of limits run over, each with a way to let time pass."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from jobproc.adapters.memory.rates import MemoryLoginAttempts, MemoryRateLimiter
from jobproc.adapters.redis.attempts import RedisLoginAttempts
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.rates import RedisRateLimiter
from jobproc.application.ports import LoginAttempts, RateLimiter


@dataclass(frozen=True, slots=True)
class Counters:
    """As two processes see them."""

    limiters: tuple[RateLimiter, RateLimiter]
    attempts: tuple[LoginAttempts, LoginAttempts]
    pass_time: Callable[[float], Awaitable[Any]]


@asynccontextmanager
async def memory_counters() -> AsyncIterator[Counters]:
    """One process is all there is."""
    now = [0.0]

    async def pass_time(seconds: float) -> None:
        now[0] += seconds

    limiter, attempts = MemoryRateLimiter(lambda: now[0]), MemoryLoginAttempts(lambda: now[0])
    yield Counters((limiter, limiter), (attempts, attempts), pass_time)


@asynccontextmanager
async def redis_counters(url: str) -> AsyncIterator[Counters]:
    """Over Redis, where the keys age instead of the clock."""
    # Patient, so that they promise the same on a machine with other work.
    patient = PromptRedis(url, budget_seconds=10), PromptRedis(url, budget_seconds=10)
    async with patient[0] as one, patient[1] as other, Redis.from_url(url, protocol=2) as client:

        async def pass_time(seconds: float) -> None:
            for key in [*await client.keys("jobproc:rate:*"), *await client.keys("jobproc:login:*")]:
                await client.pexpire(key, await client.pttl(key) - int(1000 * seconds))

        yield Counters(
            (RedisRateLimiter(one, 2), RedisRateLimiter(other, 2)),
            (RedisLoginAttempts(one), RedisLoginAttempts(other)),
            pass_time,
        )
