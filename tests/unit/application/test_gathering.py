"""Calls that arrive together share the next trip, and nothing else."""

import asyncio
from collections.abc import Sequence

import pytest

from jobproc.application.gathering import LARGEST_WEIGHT, Gathering
from jobproc.domain.errors import InvalidInput, Unavailable

pytestmark = pytest.mark.anyio


class Statements:
    """Answers each number with its square, and remembers what came together. 13 is refused."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.away = False

    async def run(self, numbers: Sequence[int]) -> Sequence[int]:
        """Take a while."""
        self.sizes.append(len(numbers))
        await asyncio.sleep(0.01)
        if self.away:
            raise Unavailable("away")
        if any(number == 13 for number in numbers):
            raise InvalidInput("13")
        return [number * number for number in numbers]


async def test_what_arrives_while_one_is_in_flight_shares_the_next() -> None:
    statements = Statements()
    gathering = Gathering(statements.run)
    answers = await asyncio.gather(*map(gathering, range(100, 140)))
    assert answers == [number * number for number in range(100, 140)]
    assert statements.sizes == [40]
    first = asyncio.create_task(gathering(1))
    await asyncio.sleep(0.005)
    assert await asyncio.gather(first, *map(gathering, (2, 3))) == [1, 4, 9]
    assert statements.sizes == [40, 1, 2]


async def test_a_gathering_is_bounded_by_number_and_by_weight() -> None:
    statements = Statements()
    await asyncio.gather(*map(Gathering(statements.run), range(100, 200)))
    assert statements.sizes == [64, 36]
    statements = Statements()
    await asyncio.gather(*map(Gathering(statements.run, most=100), range(100, 200)))
    assert statements.sizes == [100]
    statements = Statements()
    await asyncio.gather(*map(Gathering(statements.run, lambda _: LARGEST_WEIGHT // 2), range(100, 105)))
    assert statements.sizes == [2, 2, 1]


async def test_what_is_refused_fails_alone() -> None:
    gathering = Gathering(Statements().run)
    answers = await asyncio.gather(*map(gathering, (12, 13, 14)), return_exceptions=True)
    assert [answers[0], answers[2]] == [144, 196]
    assert isinstance(answers[1], InvalidInput)


async def test_a_store_that_is_away_is_asked_once() -> None:
    statements = Statements()
    statements.away = True
    gathering = Gathering(statements.run)
    answers = await asyncio.gather(*map(gathering, range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Unavailable] * 3
    assert len(statements.sizes) == 1
    statements.away = False
    assert await gathering(5) == 25


async def test_who_gives_up_takes_nobody_along() -> None:
    gathering = Gathering(Statements().run)
    impatient, patient = asyncio.create_task(gathering(2)), asyncio.create_task(gathering(3))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 9
    assert impatient.cancelled()
