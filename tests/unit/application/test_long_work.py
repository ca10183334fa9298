"""Long work on the event loop leaves room for others, and no more of it than is needed."""

import asyncio

import pytest

from jobproc.application import turns
from jobproc.application.turns import in_turns

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
