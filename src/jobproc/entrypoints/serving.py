"""An application together with what must run beside it in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from jobproc.adapters.memory.queue import MemoryQueue
from jobproc.adapters.security.passwords import Argon2Passwords
from jobproc.application.application import Application
from jobproc.entrypoints.container import adapters_for, open_application
from jobproc.entrypoints.settings import Profile, Settings

MEMORY_SLOTS = 2


@asynccontextmanager
async def serve_application(settings: Settings) -> AsyncIterator[Application]:
    """The application; on the memory profile its worker and its maintenance run in the same loop."""
    adapters = adapters_for(settings)
    async with open_application(settings, adapters) as application:
        if isinstance(passwords := adapters.passwords(), Argon2Passwords):
            await passwords.prepare()
        if settings.profile is Profile.PRODUCTION:
            # The first requests should not pay for connections, of which this takes as many as a request and what is
            # asked beside it.
            await application.check_readiness()
            yield application
            return
        if isinstance(queue := adapters.queue(), MemoryQueue):
            queue.listen(application.worker.wake)
        async with _working(application):
            yield application


@asynccontextmanager
async def _working(application: Application) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(application.worker(MEMORY_SLOTS))
        tasks.create_task(application.maintain.for_ever(stopping))
        try:
            yield
        finally:
            stopping.set()
            application.worker.stop()
