"""Waiting for one thing, but not for ever."""

import asyncio
from datetime import timedelta


async def pause(until: asyncio.Event, at_most: timedelta) -> None:
    """Return when the event is set, or when the time is over."""
    try:
        await asyncio.wait_for(until.wait(), at_most.total_seconds())
    except TimeoutError:
        return
