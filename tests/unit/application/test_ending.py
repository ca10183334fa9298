"""Tasks that are ended have ended, and a pause hears when it is."""

import asyncio
from datetime import timedelta

import pytest

from jobproc.application.ending import end, side_by_side
from jobproc.application.pausing import pause

pytestmark = pytest.mark.anyio


async def test_a_task_that_swallows_a_cancel_is_cancelled_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while swallowed < 3:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                swallowed += 1
        await asyncio.sleep(1000)

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    assert await asyncio.wait_for(end(task, insist=0.01), 5) == [None]
    assert (task.cancelled(), swallowed) == (True, 3)


async def test_what_each_task_failed_of_is_told_in_their_order() -> None:
    async def fail(error: Exception) -> None:
        raise error

    async def linger() -> None:
        await asyncio.sleep(1000)

    one, other = ValueError("one"), OSError("other")
    tasks = [asyncio.create_task(each) for each in (fail(one), linger(), fail(other))]
    await asyncio.sleep(0)
    assert await end(*tasks) == [one, None, other]
    assert await end(*tasks) == [one, None, other]
    assert await end() == []


async def test_what_a_task_puts_in_order_at_its_end_is_waited_for() -> None:
    order: list[str] = []

    async def orderly() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(0.05)
            order.append("done")

    task = asyncio.create_task(orderly())
    await asyncio.sleep(0)
    await end(task)
    assert order == ["done"]


@pytest.mark.parametrize("ticks", range(5))
async def test_a_pause_that_is_cancelled_together_with_its_event_swallows_no_cancel(ticks: int) -> None:
    event = asyncio.Event()
    pausing = asyncio.create_task(pause(event, timedelta(seconds=5)))
    await asyncio.sleep(0.01)
    event.set()
    for _ in range(ticks):
        await asyncio.sleep(0)
    was_over = pausing.done()
    pausing.cancel()
    await asyncio.wait((pausing,), timeout=5)
    assert pausing.cancelled() != was_over


async def test_a_pause_ends_with_its_event_or_its_time() -> None:
    event = asyncio.Event()
    await asyncio.wait_for(pause(event, timedelta(seconds=0.01)), 5)
    await asyncio.wait_for(pause(event, timedelta()), 5)
    event.set()
    await asyncio.wait_for(pause(event, timedelta(seconds=1000)), 5)
    await asyncio.wait_for(pause(event, timedelta()), 5)


async def test_parts_that_run_side_by_side_all_come_to_their_end() -> None:
    ended: list[str] = []

    async def take(seconds: float, name: str) -> None:
        await asyncio.sleep(seconds)
        ended.append(name)

    await side_by_side(take(0.02, "slow"), take(0, "quick"))
    await side_by_side()
    assert ended == ["quick", "slow"]


@pytest.mark.parametrize("given_up", [True, False])
async def test_parts_that_fail_or_are_given_up_have_all_ended_when_that_is_told(given_up: bool) -> None:
    ended: list[float] = []

    async def linger(seconds: float) -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            await asyncio.sleep(seconds)
            ended.append(seconds)

    async def fail() -> None:
        await asyncio.sleep(1000 if given_up else 0.01)
        raise OSError("failed")

    running = asyncio.create_task(side_by_side(linger(0.05), fail(), linger(0.02)))
    await asyncio.sleep(0.005)
    if given_up:
        running.cancel()
    await asyncio.wait((running,), timeout=5)
    assert ended == [0.02, 0.05]
    assert running.cancelled() if given_up else str(running.exception()) == "failed"
