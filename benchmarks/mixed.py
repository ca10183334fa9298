"""Jobs of a millisecond beside jobs of two seconds: how long the short ones wait for their start.

Four slots; fifty short jobs a second. A long job a second keeps two slots busy, so that a short one always finds a free
one unless it is claimed together with a long one. With a hundred long ones in the queue all slots are busy; the short
ones are submitted with a higher priority then, and wait for the next slot that becomes free.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any

import asyncpg

from benchmarks.load import ask, register, request, send
from benchmarks.servers import Service, service
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, percentile, show

SLOTS = 4
SHORT_PER_SECOND, LONG_PER_SECOND = 50, 1
WAITED = """
SELECT extract(epoch FROM started_at - run_at)::float8 FROM jobs
WHERE operation = 'moment' AND $1 = ANY(tags) AND started_at IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """What stands beside the short jobs."""

    name: str
    queued: int = 0
    long_per_second: float = 0
    priority: int = 0


SCENES = (
    Scene("alone"),
    Scene("beside one of 2 s each second", long_per_second=LONG_PER_SECOND),
    Scene("beside 100 of 2 s queued, with priority", queued=100, priority=1),
)


def run(size: Size) -> None:
    """Start a service, play each scene, print."""
    seconds, nap = size.of((0.5, 0.1), (15.0, 2.0))
    with service(slots=SLOTS, OPERATIONS="benchmarks.operations") as running:
        token = asyncio.run(register(running.port, "ada"))
        waits = [asyncio.run(_play(running, token, scene, seconds, nap)) for scene in SCENES]
    show(
        "short jobs",
        ["number", "wait p50", "p95", "at most"],
        [[scene.name, *_row(found)] for scene, found in zip(SCENES, waits, strict=True)],
    )


async def _play(running: Service, token: str, scene: Scene, seconds: float, nap: float) -> list[float]:
    long_job = {"operation": "long_nap", "data": nap}
    short_job = {"operation": "moment", "data": 1, "tags": [scene.name[:64]], "priority": scene.priority}
    batch = None
    if scene.queued:
        batch = await ask(running.port, "POST", "/v1/batches", token, {"jobs": [long_job] * scene.queued})
    await asyncio.gather(
        _submit(running.port, token, short_job, SHORT_PER_SECOND, seconds),
        _submit(running.port, token, long_job, scene.long_per_second, seconds),
    )
    await asyncio.sleep(2 * nap)
    if batch:
        await ask(running.port, "POST", f"/v1/batches/{batch['id']}/cancel", token)
        await asyncio.sleep(nap)
    return await _waited(running, scene.name[:64])


async def _submit(port: int, token: str, job: dict[str, Any], per_second: float, seconds: float) -> None:
    if per_second:
        raw = request("POST", "/v1/jobs", token, job)
        await send(port, repeat(raw), connections=4, per_second=per_second, seconds=seconds)


async def _waited(running: Service, tag: str) -> list[float]:
    connection = await asyncpg.connect(running.database_url)
    try:
        return [row[0] for row in await connection.fetch(WAITED, tag)]
    finally:
        await connection.close()


def _row(waits: Sequence[float]) -> Iterator[str]:
    yield f"{len(waits)}"
    yield from map(milliseconds, (percentile(waits, 50), percentile(waits, 95), max(waits)))
