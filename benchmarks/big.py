"""`square_sum` of 100,000 numbers: submitted, stored, run and read, beside what nobody can leave out of it.

That is `json.loads`, the sum of the squares and one insert of the text into the same Postgres. The event loop of the
API is watched meanwhile: its longest turn is how long one such job can hold up everybody else.
"""

import asyncio
import json
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from statistics import median
from typing import Any

import asyncpg

from benchmarks.contest import Contestant, contestants
from benchmarks.load import Connection, ask, connected, request
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, show, times

NUMBERS, LARGEST = 100_000, 999_999
TABLE = "CREATE TABLE floor (id bigserial PRIMARY KEY, data text NOT NULL, result text NOT NULL)"
Times = dict[str, list[float]]
Turns = dict[str, list[tuple[float, float]]]
ADD = "INSERT INTO floor (data, result) VALUES ($1, $2)"


def run(size: Size) -> None:
    """Do both in turns, and print what they took."""
    rounds = size.of(2, 30)
    numbers = [random.randint(0, LARGEST) for _ in range(size.of(1000, NUMBERS))]
    with contestants() as (_, service):
        service.api_command = ["benchmarks.watched"]
        with service.serving(), service.working():
            found, turns = asyncio.run(_measure(service, numbers, rounds))
    least = median(found["at least"])
    rows = [
        [name, milliseconds(median(taken)), times(median(taken) / least)] for name, taken in found.items()
    ]
    show(f"{len(numbers):,} numbers", ["median", "ratio"], rows)
    show(
        "longest turn of the API's loop",
        ["median", "at most", "processor", "at most"],
        [[name, *_spread(each)] for name, each in turns.items()],
    )


def _spread(turns: list[tuple[float, float]]) -> Iterator[str]:
    for each in zip(*turns, strict=True):
        yield milliseconds(median(each))
        yield milliseconds(max(each))


async def _measure(service: Contestant, numbers: list[int], rounds: int) -> tuple[Times, Turns]:
    body = json.dumps({"operation": "square_sum", "data": numbers})
    result = sum(number * number for number in numbers)
    found: Times = defaultdict(list)
    turns: Turns = defaultdict(list)
    database = await asyncpg.connect(service.database_url)
    await database.execute(TABLE)
    async with connected(service.port) as connection:
        # The first of them finds nothing loaded.
        await _round(service, connection, database, body, result, defaultdict(list), defaultdict(list))
        for _ in range(rounds):
            await _round(service, connection, database, body, result, found, turns)
    await database.close()
    return found, turns


async def _round(
    service: Contestant,
    connection: Connection,
    database: Any,
    body: str,
    result: int,
    found: Times,
    turns: Turns,
) -> None:
    began = time.perf_counter()
    await _at_least(database, body)
    found["at least"].append(time.perf_counter() - began)
    taken = 0.0
    async for name, seconds in _job(service, connection, body.encode(), result):
        taken += seconds
        found[name].append(taken)
        turns[name].append(tuple(await ask(service.port, "GET", "/longest-turn")))


async def _at_least(database: Any, body: str) -> None:
    data = json.loads(body)["data"]
    await database.execute(ADD, body, str(sum(number * number for number in data)))


async def _job(
    service: Contestant, connection: Connection, body: bytes, result: int
) -> AsyncIterator[tuple[str, float]]:
    """Each step, and the seconds that it took."""
    began = time.perf_counter()
    job = (await connection.ask(request("POST", "/jobs", service.token, body))).json()["job_id"]
    yield "submitted", time.perf_counter() - began
    began = time.perf_counter()
    waiting = request("GET", f"/v1/jobs/{job}", service.token, headers={"Prefer": "wait=30"})
    if (await connection.ask(waiting)).json()["status"] != "SUCCESS":
        raise RuntimeError(f"job {job} is not done")
    yield "done", time.perf_counter() - began
    began = time.perf_counter()
    answer = await connection.ask(request("GET", f"/v1/jobs/{job}/result", service.token))
    if answer.json() != result:
        raise RuntimeError(f"job {job} has another result")
    yield "read", time.perf_counter() - began
