"""Submitting, draining, and both at once, beside a plain FastAPI and Celery service (`benchmarks/plain`).

The services take turns on the same servers, with one API process and a worker of two slots each; medians of the rounds
are compared. *Drained* counts from the first end of a job to the last; *end to end* from the first request on.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from itertools import repeat
from statistics import median

from benchmarks.contest import Contestant, contestants
from benchmarks.load import send
from benchmarks.processes import cpu_seconds, family, proportional_megabytes
from benchmarks.sizes import Size
from benchmarks.tables import percentile, show, times

CONNECTIONS = 32
UNITS = {
    "submitted": "/s",
    "submit p99": " ms",
    "processor of the API a job": " µs",
    "drained": "/s",
    "end to end": "/s",
    "memory of the API": " MiB",
    "memory of the worker": " MiB",
}
Measured = dict[str, list[float]]


def run(size: Size) -> None:
    """Let them take turns, and print what came out."""
    rounds, jobs, seconds = size.of((1, 20, 0.2), (3, 2000, 3.0))
    with contestants() as both:
        found: dict[str, Measured] = {each.name: defaultdict(list) for each in both}
        for number in range(rounds):
            for each in both if number % 2 == 0 else reversed(both):
                _round(each, found[each.name], jobs, seconds)
    _print(found)


def _round(contestant: Contestant, measured: Measured, jobs: int, seconds: float) -> None:
    with contestant.serving() as api:
        # The first requests make connections and fill caches.
        asyncio.run(_submit(contestant, jobs // 10))
        before = cpu_seconds(api)
        load = asyncio.run(send(contestant.port, repeat(contestant.submission()), seconds=seconds))
        measured["submitted"].append(load.accepted / load.seconds)
        measured["submit p99"].append(1000 * percentile(load.latencies, 99))
        measured["processor of the API a job"].append(1e6 * (cpu_seconds(api) - before) / load.accepted)
        asyncio.run(contestant.forget())
        asyncio.run(_submit(contestant, jobs))
        with contestant.working() as worker:
            asyncio.run(contestant.done(jobs))
            measured["drained"].append(asyncio.run(contestant.rate()))
            asyncio.run(contestant.forget())
            measured["end to end"].append(asyncio.run(_end_to_end(contestant, jobs)))
            measured["memory of the API"].append(proportional_megabytes(family(api)))
            measured["memory of the worker"].append(proportional_megabytes(family(worker)))
        asyncio.run(contestant.forget())


async def _submit(contestant: Contestant, jobs: int) -> None:
    load = await send(contestant.port, repeat(contestant.submission(), jobs), connections=CONNECTIONS)
    if load.accepted != jobs:
        raise RuntimeError(f"{contestant.name} refused jobs: {dict(load.statuses)}")


async def _end_to_end(contestant: Contestant, jobs: int) -> float:
    began = time.perf_counter()
    await _submit(contestant, jobs)
    await contestant.done(jobs)
    return jobs / (time.perf_counter() - began)


def _print(found: Mapping[str, Measured]) -> None:
    plain, ours = found["plain"], found["jobproc"]
    rows = []
    for name, unit in UNITS.items():
        theirs, mine = median(plain[name]), median(ours[name])
        rows.append([name, f"{theirs:.0f}{unit}", f"{mine:.0f}{unit}", times(mine / theirs)])
    show("", ["plain", "jobproc", "ratio"], rows)
