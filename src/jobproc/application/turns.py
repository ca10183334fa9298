"""Long work on the event loop in short turns, so that nobody else waits for the end of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

TURN_SECONDS = 0.003
T = TypeVar("T")


async def let_others() -> None:
    """Give the loop to all who have waited for it: one round hears what has come, one tells them, in one they go on."""
    for _ in range(3):
        await asyncio.sleep(0)


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The same items; after every few milliseconds of work on them others have the loop."""
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > TURN_SECONDS:
            await let_others()
            begun = time.perf_counter()
