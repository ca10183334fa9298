"""Long work on the event loop in short turns, so that nobody else waits for the end of it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

TURN_SECONDS = 0.003
T = TypeVar("T")


async def in_turns(items: Iterable[T]) -> AsyncIterator[T]:
    """The same items; after every few milliseconds of work on them others have the loop."""
    begun = time.perf_counter()
    for item in items:
        yield item
        if time.perf_counter() - begun > TURN_SECONDS:
            await asyncio.sleep(0)
            begun = time.perf_counter()
