"""Long work on the event loop leaves room for others, and no more of it than is needed."""

import asyncio
import time

import pytest

from jobproc.application import turns
from jobproc.application.turns import in_turns, let_others

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("turn", "others"), [(0.0, True), (60.0, False)])
async def test_others_have_the_loop_after_each_turn_and_not_within_one(
    turn: float, others: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", turn)
    had = asyncio.Event()
    asyncio.get_running_loop().call_soon(had.set)
    async with asyncio.timeout(5):
        assert [each async for each in in_turns(range(10))] == list(range(10))
    assert had.is_set() is others


async def test_whoever_waited_meanwhile_goes_on_first() -> None:
    order = []

    async def other() -> None:
        await asyncio.sleep(0.001)
        order.append("other")

    waiting = asyncio.create_task(other())
    await asyncio.sleep(0)
    time.sleep(0.005)  # noqa: ASYNC251 - the long work
    await let_others()
    order.append("long work")
    await waiting
    assert order == ["other", "long work"]
