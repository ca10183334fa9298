"""The bell wakes as many slots as there is work for, and no more."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from jobproc.application.bell import Bell
from jobproc.application.ending import end

pytestmark = pytest.mark.anyio
LONG = timedelta(seconds=30)


class Slots:
    """Idle slots of a worker; `woken` counts how often one was woken, at `times`."""

    def __init__(self, bell: Bell) -> None:
        self.bell = bell
        self.times: list[float] = []

    @property
    def woken(self) -> int:
        return len(self.times)

    async def one(self) -> None:
        while True:
            await self.bell.wait(LONG)
            self.times.append(asyncio.get_running_loop().time())


@asynccontextmanager
async def idle(number: int, bell: Bell | None = None) -> AsyncIterator[Slots]:
    slots = Slots(bell or Bell())
    tasks = [asyncio.create_task(slots.one()) for _ in range(number)]
    await asyncio.sleep(0)
    yield slots
    await end(*tasks)


async def some_turns() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_ring_wakes_one_slot() -> None:
    async with idle(3) as slots:
        slots.bell.ring()
        await some_turns()
        assert slots.woken == 1
        slots.bell.ring()
        await some_turns()
        assert slots.woken == 2


async def test_what_rang_while_nobody_waited_is_not_lost() -> None:
    bell = Bell()
    bell.ring()
    async with asyncio.timeout(1):
        await bell.wait(LONG)


async def test_a_slot_looks_by_itself_when_its_time_is_over() -> None:
    async with asyncio.timeout(1):
        await Bell().wait(timedelta(milliseconds=1))


async def test_many_rings_that_nobody_waits_for_are_one() -> None:
    bell = Bell()
    for _ in range(3):
        bell.ring()
    async with idle(3, bell) as slots:
        await some_turns()
        assert slots.woken == 1


async def test_who_has_waited_for_long_enough_takes_no_ring_from_others() -> None:
    bell = Bell()
    await bell.wait(timedelta(milliseconds=1))
    async with idle(1, bell) as slots:
        bell.ring()
        await some_turns()
        assert slots.woken == 1
