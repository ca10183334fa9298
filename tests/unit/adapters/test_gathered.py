"""What comes in quick succession is drawn as one."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from jobproc.adapters.http.ui.live import gathered

pytestmark = pytest.mark.anyio


async def telling(*news: str | float | None) -> AsyncGenerator[str | None]:
    """These, with a pause of so many seconds where there is a number."""
    for each in news:
        if isinstance(each, float):
            await asyncio.sleep(each)
        else:
            yield each


async def test_what_comes_together_is_one_and_what_comes_later_another() -> None:
    source = telling("a", "b", 0.01, "c", 1.5, "d")
    assert [batch async for batch in gathered(source, 0.5)] == [["a", "b", "c"], ["d"]]


async def test_a_moment_without_anything_is_passed_on_at_once() -> None:
    batches = gathered(telling(None, 60.0, "too late"), 30)
    async with asyncio.timeout(10):
        assert await anext(batches) == [None]
    await batches.aclose()


async def test_nothing_is_left_open_behind_it() -> None:
    closed = []

    async def source() -> AsyncGenerator[str | None]:
        try:
            yield "first"
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    batches = gathered(source(), 0.01)
    assert await anext(batches) == ["first"]
    await batches.aclose()
    assert closed


async def test_what_goes_wrong_reaches_who_reads() -> None:
    async def source() -> AsyncGenerator[str | None]:
        yield "first"
        raise ValueError("broken")

    batches = gathered(source(), 0.05)
    with pytest.raises(ValueError, match="broken"):
        _ = [batch async for batch in batches]
