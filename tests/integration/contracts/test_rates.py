"""What every `RateLimiter` and every `LoginAttempts` promises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from jobproc.application.ports import RateLimiter
from jobproc.domain.rates import FREE_FAILURES, LONGEST_DELAY_SECONDS, Rate, delay_after
from tests.integration.contracts.counters import Counters, memory_counters, redis_counters

pytestmark = pytest.mark.anyio

TEN, HUNDREDS = Rate(10, 60), Rate(500, 60)


@pytest.fixture(params=["memory", "redis"])
def closed_counters(request: pytest.FixtureRequest) -> AbstractAsyncContextManager[Counters]:
    """Made outside the loop."""
    if request.param == "memory":
        return memory_counters()
    return redis_counters(request.getfixturevalue("redis_url"))


@pytest.fixture
async def counters(
    closed_counters: AbstractAsyncContextManager[Counters], anyio_backend: str
) -> AsyncIterator[Counters]:
    """Open ones."""
    async with closed_counters as opened:
        yield opened


async def test_each_request_of_a_window_is_the_next_one(counters: Counters) -> None:
    standings = [await counters.limiters[0].count("ada", TEN) for _ in range(12)]
    assert [standing.used for standing in standings] == [*range(1, 11), 11, 11]
    assert [standing.is_allowed for standing in standings] == [True] * 10 + [False] * 2
    assert [standing.remaining for standing in standings] == [*range(9, -1, -1), 0, 0]
    assert {standing.seconds_left for standing in standings} <= {59, 60}


async def test_of_many_at_once_in_all_processes_no_more_are_allowed_than_the_limit(
    counters: Counters,
) -> None:
    asked = (counters.limiters[number % 2].count("ada", TEN) for number in range(200))
    standings = await asyncio.gather(*asked)
    assert sorted(standing.used for standing in standings) == [*range(1, 11), *[11] * 190]


async def test_all_processes_together_allow_what_the_limit_says(counters: Counters) -> None:
    async def ask(limiter: RateLimiter, number: int) -> bool:
        # Some together, some during a trip of others.
        await asyncio.sleep(number % 7 / 2000)
        return (await limiter.count("ada", HUNDREDS)).is_allowed

    # One process has more to do than the other.
    mine, other = counters.limiters
    asked = [ask(mine, number) for number in range(100)] + [ask(other, number) for number in range(500)]
    allowed = sum(await asyncio.gather(*asked))
    async with asyncio.timeout(10):
        while allowed < HUNDREDS.limit:
            # What was kept for one is the other's soon.
            await asyncio.sleep(0.01)
            allowed += await ask(other, 0)
    assert allowed == HUNDREDS.limit
    assert not any([await ask(limiter, 0) for limiter in counters.limiters])


async def test_callers_do_not_count_for_each_other(counters: Counters) -> None:
    names = [f"user-{number}" for number in range(50)]
    standings = await asyncio.gather(*(counters.limiters[0].count(name, TEN) for name in names * 2))
    assert sorted(standing.used for standing in standings) == [1] * 50 + [2] * 50


async def test_a_window_ends_by_its_time_however_much_was_refused_in_it(counters: Counters) -> None:
    limiter = counters.limiters[0]
    for _ in range(15):
        await limiter.count("ada", TEN)
    await counters.pass_time(40)
    standing = await limiter.count("ada", TEN)
    assert (standing.used, standing.seconds_left <= 20) == (11, True)
    await counters.pass_time(20.1)
    assert (await limiter.count("ada", TEN)).used == 1


async def test_free_failures_cost_nothing_and_each_further_one_twice_the_time(counters: Counters) -> None:
    attempts, other = counters.attempts
    for _ in range(FREE_FAILURES):
        assert await attempts.begin("ada") == 0
    for number in range(FREE_FAILURES, FREE_FAILURES + 9):
        delay = delay_after(number)
        assert delay == min(2 ** (number - FREE_FAILURES), LONGEST_DELAY_SECONDS)
        assert 0 < await other.begin("ada") <= delay
        await counters.pass_time(delay + 0.01)
        assert await attempts.begin("ada") == 0


async def test_of_many_guesses_at_once_only_the_free_ones_go_on(counters: Counters) -> None:
    delays = await asyncio.gather(*(counters.attempts[number % 2].begin("ada") for number in range(100)))
    assert delays.count(0) == FREE_FAILURES


async def test_being_told_to_wait_makes_the_wait_no_longer(counters: Counters) -> None:
    attempts = counters.attempts[0]
    for _ in range(FREE_FAILURES + 50):
        await attempts.begin("ada")
    await counters.pass_time(1.01)
    assert await attempts.begin("ada") == 0


@pytest.mark.parametrize("name", ["ada", "", "\ud800", "x" * 10_000, "jobproc:*\r\n"])
async def test_a_right_password_forgets_the_wrong_ones(counters: Counters, name: str) -> None:
    attempts, other = counters.attempts
    for _ in range(FREE_FAILURES):
        await attempts.begin(name)
    assert await attempts.begin(name) > 0
    assert await attempts.begin("bob") == 0
    await other.forget(name)
    assert await attempts.begin(name) == 0


async def test_failures_are_forgotten_in_the_end(counters: Counters) -> None:
    for _ in range(FREE_FAILURES):
        await counters.attempts[0].begin("ada")
    await counters.pass_time(901)
    delays = [await counters.attempts[0].begin("ada") for _ in range(FREE_FAILURES)]
    assert delays == [0] * FREE_FAILURES
