"""Waiting for one thing, but not for ever."""

import asyncio
from datetime import timedelta


async def pause(until: asyncio.Event, at_most: timedelta) -> None:
    """Return when the event is set, or when the time is over.

    Not by `asyncio.wait_for`: up to Python 3.11 it forgets to be cancelled when the event is set at that moment.
    """
    try:
        async with asyncio.timeout(at_most.total_seconds()):
            await until.wait()
    except TimeoutError:
        return
