"""`square_sum` of 100,000 numbers: submitted, stored, run and read, beside what nobody can leave out of it.

That is `json.loads`, the sum of the squares and one insert of the text into the same Postgres. The event loop of the
API is watched meanwhile: its longest turn is how long one such job can hold up everybody else.
"""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import asyncpg

from benchmarks.contest import Contestant, contestants
from benchmarks.load import Connection, ask, connected, request
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, show, times

NUMBERS, LARGEST = 100_000, 999_999
TABLE = "CREATE TABLE floor (id bigserial PRIMARY KEY, data text NOT NULL, result text NOT NULL)"
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
    names = ("by the clock", "of processor")
    show(
        "longest turn of the API's loop",
        ["median", "at most"],
        [
            [name, milliseconds(median(each)), milliseconds(max(each))]
            for name, each in zip(names, zip(*turns, strict=True), strict=True)
        ],
    )


async def _measure(
    service: Contestant, numbers: list[int], rounds: int
) -> tuple[dict[str, list[float]], list[tuple[float, float]]]:
    body = json.dumps({"operation": "square_sum", "data": numbers})
    result = sum(number * number for number in numbers)
    found: dict[str, list[float]] = {"at least": [], "submitted": [], "done": [], "read": []}
    turns: list[tuple[float, float]] = []
    database = await asyncpg.connect(service.database_url)
    await database.execute(TABLE)
    async with connected(service.port) as connection:
        for number in range(rounds + 1):
            least = await _timed(lambda: _at_least(database, body))
            taken = await _job(service, connection, body.encode(), result)
            longest = await ask(service.port, "GET", "/longest-turn")
            # The first of them finds nothing loaded.
            if number:
                turns.append(tuple(longest))
                for name, seconds in zip(found, (least, *taken), strict=True):
                    found[name].append(seconds)
    await database.close()
    return found, turns


async def _at_least(database: Any, body: str) -> None:
    data = json.loads(body)["data"]
    await database.execute(ADD, body, str(sum(number * number for number in data)))


async def _job(service: Contestant, connection: Connection, body: bytes, result: int) -> list[float]:
    """The seconds from the request until it was accepted, done, and its result was read."""
    began = time.perf_counter()
    job = (await connection.ask(request("POST", "/jobs", service.token, body))).json()["job_id"]
    accepted = time.perf_counter() - began
    waiting = request("GET", f"/v1/jobs/{job}", service.token, headers={"Prefer": "wait=30"})
    if (await connection.ask(waiting)).json()["status"] != "SUCCESS":
        raise RuntimeError(f"job {job} is not done")
    done = time.perf_counter() - began
    answer = await connection.ask(request("GET", f"/v1/jobs/{job}/result", service.token))
    if answer.json() != result:
        raise RuntimeError(f"job {job} has another result")
    return [accepted, done, time.perf_counter() - began]


async def _timed(call: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await call()
    return time.perf_counter() - began
