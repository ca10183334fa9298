"""Waiting for one thing, but not for ever."""

import asyncio
from contextlib import suppress
from datetime import timedelta


async def pause(until: asyncio.Event, at_most: timedelta) -> None:
    """Return when the event is set, or when the time is over."""
    with suppress(TimeoutError):
        # Not `wait_for`, which swallows a cancel that comes together with the event, before Python 3.12.
        async with asyncio.timeout(at_most.total_seconds()):
            await until.wait()
