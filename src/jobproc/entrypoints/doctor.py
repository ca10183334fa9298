"""`jobproc doctor`: a look at the whole installation from where it is started."""

import asyncio
import json
import logging
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

from jobproc.adapters.celery.app import make_celery
from jobproc.adapters.celery.health import BrokerPart
from jobproc.adapters.embedded.datafolder import SETTINGS_FILE
from jobproc.application.diagnosis import DueWorkPart, MaintenancePart, WorkersPart
from jobproc.application.health import PartHealth, PartStatus, examine
from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.container import ProductionAdapters
from jobproc.entrypoints.settings import Profile, Settings, load_settings

# A busy maintenance may be that late.
LEFT_LYING = timedelta(seconds=10)
# What a part says by itself has its remedy in it, where there is one.
REMEDIES = {
    "postgres": "Check JOBPROC_DATABASE_URL, and that Postgres runs there: "
    "`psql \"$JOBPROC_DATABASE_URL\" -c 'select 1'`.",
    "redis": "Check JOBPROC_REDIS_URL, and that Redis or Valkey runs there: "
    '`redis-cli -u "$JOBPROC_REDIS_URL" ping`.',
    "broker": "Check JOBPROC_BROKER_URL, and that the broker runs there.",
}


def run_doctor(data: Path, *, as_json: bool) -> int:
    """Print a line for each part; 0 when all are well, else 1."""
    # What is wrong is said in our lines.
    logging.disable()
    found = _look(data)
    if as_json:
        print(json.dumps([asdict(part) | {"remedy": _remedy(part)} for part in found]))
    else:
        for part in found:
            print(f"{part.status:<9} {part.name:<9} {part.detail} {_remedy(part)}".rstrip())
    return int(any(part.status is not PartStatus.OK for part in found))


def _look(data: Path) -> list[PartHealth]:
    try:
        settings = load_settings(data / SETTINGS_FILE)
    except ConfigurationError as error:
        return [PartHealth("settings", PartStatus.FAILED, error.detail)]
    if settings.profile is Profile.MEMORY:
        return [PartHealth("settings", PartStatus.OK, "memory: one process, which needs nothing else")]
    return [PartHealth("settings", PartStatus.OK, "complete"), *asyncio.run(_examine(settings))]


async def _examine(settings: Settings) -> list[PartHealth]:
    adapters = ProductionAdapters(settings=settings)
    async with adapters.database(), adapters.counts():
        workers, due_work = adapters.workers(), adapters.due_work()
        parts = (
            *adapters.parts(),
            BrokerPart(make_celery(settings.broker)),
            WorkersPart(workers),
            DueWorkPart(due_work, workers),
            MaintenancePart(due_work, max(LEFT_LYING, 3 * settings.sweep)),
        )
        # One after the other: each has the time that it needs, and none is in the way of another.
        return [await examine(part) for part in parts]


def _remedy(part: PartHealth) -> str:
    return "" if part.status is PartStatus.OK else REMEDIES.get(part.name, "")
