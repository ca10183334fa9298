"""The maintenance process: it rescues, promotes, purges, and rings again."""

import asyncio
import signal

from jobproc.adapters.logs.lines import set_up_lines
from jobproc.entrypoints.container import open_application
from jobproc.entrypoints.garbage import settle_garbage
from jobproc.entrypoints.schema import require_schema
from jobproc.entrypoints.settings import Settings
from jobproc.entrypoints.showing import showing


def run_maintenance(settings: Settings) -> None:
    """Sweep until a signal ends it."""
    set_up_lines(settings.log_form, settings.log_level)
    require_schema(settings)
    asyncio.run(_sweep(settings))


async def _sweep(settings: Settings) -> None:
    stopping = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stopping.set)
    async with open_application(settings) as application, showing(settings, application, stopping):
        settle_garbage()
        await application.maintain.for_ever(stopping)
