"""What every `RateLimiter` and every `LoginAttempts` promises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import pytest

from jobproc.application.ports import RateLimiter
from jobproc.domain.rates import FREE_FAILURES, LONGEST_DELAY_SECONDS, Rate, delay_after
from tests.integration.contracts.counters import Counters, memory_counters, redis_counters

pytestmark = pytest.mark.anyio

TEN, MANY = Rate(10, 60), Rate(1000, 60)


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
    assert [standing.used for standing in standings] == list(range(1, 13))
    assert [standing.is_allowed for standing in standings] == [True] * 10 + [False] * 2
    assert [standing.remaining for standing in standings] == [*range(9, -1, -1), 0, 0]
    assert {standing.seconds_left for standing in standings} <= {59, 60}


async def test_of_many_at_once_in_all_processes_no_more_are_allowed_than_the_limit(
    counters: Counters,
) -> None:
    asked = (counters.limiters[number % 2].count("ada", TEN) for number in range(200))
    standings = await asyncio.gather(*asked)
    assert sorted(standing.used for standing in standings) == list(range(1, 201))


async def test_a_tally_goes_on_from_what_was_counted_until_nothing_is_left(counters: Counters) -> None:
    limiter = counters.limiters[0]
    assert limiter.tally("ada", TEN) is None
    await limiter.count("ada", TEN)
    tallied = [limiter.tally("ada", TEN) for _ in range(10)]
    assert [standing and standing.used for standing in tallied] == [*range(2, 11), None]
    assert limiter.tally("bob", TEN) is None
    assert (await limiter.count("ada", TEN)).used == 11


async def test_others_hear_of_a_tally_a_moment_later(counters: Counters) -> None:
    mine, other = counters.limiters
    await mine.count("ada", TEN)
    for _ in range(5):
        mine.tally("ada", TEN)
    async with asyncio.timeout(10):
        # This one counts as well.
        looks = 1
        while (await other.count("ada", MANY)).used != 6 + looks:
            await asyncio.sleep(0.01)
            looks += 1


async def test_nothing_that_is_tallied_and_counted_at_once_is_lost(counters: Counters) -> None:
    for limiter in counters.limiters:
        await limiter.count("ada", MANY)

    async def ask(limiter: RateLimiter, number: int) -> None:
        # Now before, now during a trip.
        await asyncio.sleep(number % 3 / 2000)
        if number % 2 or limiter.tally("ada", MANY) is None:
            await limiter.count("ada", MANY)

    await asyncio.gather(*(ask(limiter, number) for limiter in counters.limiters for number in range(200)))
    for limiter in counters.limiters:
        await limiter.count("ada", MANY)
    assert (await counters.limiters[0].count("ada", MANY)).used == 2 + 400 + 3


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
    assert (standing.used, standing.seconds_left <= 20) == (16, True)
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
