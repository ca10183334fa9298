"""1, 2 and 4 workers of two slots at the same queue: how many jobs a second they finish together.

`square_sum` of ten numbers takes the processors of the machine, which are shared by everything; a `trip` of 20 ms takes
none, so that twice the slots can do twice as much. Each round is a batch: all of it becomes due at one moment.
"""

import asyncio
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from statistics import median
from typing import Any

import asyncpg

from benchmarks.load import TEN_NUMBERS, ask, register
from benchmarks.servers import Service, service
from benchmarks.sizes import Size
from benchmarks.tables import show, times
from jobproc.adapters.embedded.processes import stop
from jobproc.adapters.embedded.siblings import launch_sibling
from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.adapters.redis.workers import RedisWorkers

SLOTS, STOP_SECONDS = 2, 5.0
LARGEST_BATCH = 10_000
RATE = """
SELECT count(*) / extract(epoch FROM max(finished_at) - min(started_at))::float8 FROM jobs WHERE batch_id = $1
"""


def run(size: Size) -> None:
    """Start a service, add workers, measure, print."""
    numbers = size.of([1, 2], [1, 2, 4])
    kinds: dict[str, list[Any]] = {
        "square_sum of 10 numbers": [TEN_NUMBERS] * size.of(20, LARGEST_BATCH),
        "trip of 20 ms": [{"operation": "trip", "data": 1}] * size.of(8, 400),
    }
    with service(slots=SLOTS, OPERATIONS="benchmarks.operations") as running, ExitStack() as stack:
        token = asyncio.run(register(running.port, "ada"))
        rates: dict[str, list[float]] = {kind: [] for kind in kinds}
        present = 1
        for wanted in numbers:
            for _ in range(wanted - present):
                stack.enter_context(_another_worker(running))
            present = wanted
            asyncio.run(_all_there(running, wanted))
            for kind, jobs in kinds.items():
                rounds = [asyncio.run(_drained(running, token, jobs)) for _ in range(size.of(1, 3))]
                rates[kind].append(median(rounds))
        _print(numbers, rates)


async def _drained(running: Service, token: str, jobs: list[Any]) -> float:
    """Jobs a second, from the first start to the last end."""
    batch = await ask(running.port, "POST", "/v1/batches", token, {"jobs": jobs})
    path, patience = f"/v1/batches/{batch['id']}", {"Prefer": "wait=60"}
    while not (await ask(running.port, "GET", path, token, headers=patience))["done"]:
        pass
    connection = await asyncpg.connect(running.database_url)
    try:
        return float(await connection.fetchval(RATE, batch["id"]))
    finally:
        await connection.close()


@contextmanager
def _another_worker(running: Service) -> Iterator[None]:
    with running.log.open("ab") as log:
        process = launch_sibling(["worker", "--concurrency", str(SLOTS)], running.environment, log)
        try:
            yield
        finally:
            stop(process, (signal.SIGTERM, STOP_SECONDS))


async def _all_there(running: Service, number: int) -> None:
    async with PromptRedis(running.environment["JOBPROC_REDIS_URL"]) as redis:
        while len(await RedisWorkers(redis).present()) < number:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.1)


def _print(numbers: list[int], rates: dict[str, list[float]]) -> None:
    columns = [f"{number} worker{'s' * (number > 1)}" for number in numbers]
    rows = [
        [kind, f"{found[0]:.0f}/s", *(times(each / found[0]) for each in found[1:])]
        for kind, found in rates.items()
    ]
    show("jobs finished", columns, rows)
