"""Whether a process that serves nobody else has a door for operators."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jobproc.application.application import Application
from jobproc.entrypoints.settings import Settings


@asynccontextmanager
async def showing(
    settings: Settings, application: Application, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Open while the block runs, if there is a port for it; not ready any more once it is `stopping`."""
    if settings.metrics_port is None:
        yield
        return
    # Only who opens the door loads what it is made of.
    from jobproc.entrypoints.door import open_door

    async with open_door(
        settings.metrics_port, application, stopping, metrics_token=settings.token_of_metrics
    ):
        yield
