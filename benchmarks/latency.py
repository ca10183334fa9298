"""One job at a time on an idle service: from the request to the result, beside a plain FastAPI and Celery service.

The result is asked for every 2 ms, as a client without anything better would. jobproc can also be asked to answer when
the job is done (`Prefer: wait`), which takes one request.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping

from benchmarks.contest import Contestant, contestants
from benchmarks.load import TEN_NUMBERS, Connection, connected, request
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, percentile, show, times

POLL_SECONDS = 0.002
PAUSE_SECONDS = 0.005
WAITING = "jobproc, waiting"
Way = Callable[[Contestant, Connection], Awaitable[None]]


def run(size: Size) -> None:
    """Let them take turns, and print what came out."""
    rounds, jobs = size.of((1, 5), (3, 150))
    found: dict[str, list[float]] = {"plain": [], "jobproc": [], WAITING: []}
    with contestants() as both:
        for number in range(rounds):
            for each in both if number % 2 == 0 else reversed(both):
                with each.serving(), each.working():
                    # The first jobs find nothing loaded.
                    asyncio.run(_measure(each, _ask_again, jobs // 5))
                    found[each.name] += asyncio.run(_measure(each, _ask_again, jobs))
                    if each.name == "jobproc":
                        found[WAITING] += asyncio.run(_measure(each, _wait, jobs))
    _print(found)


async def _measure(contestant: Contestant, way: Way, jobs: int) -> list[float]:
    taken = []
    async with connected(contestant.port) as connection:
        for _ in range(jobs):
            began = time.perf_counter()
            await way(contestant, connection)
            taken.append(time.perf_counter() - began)
            await asyncio.sleep(PAUSE_SECONDS)
    return taken


async def _ask_again(contestant: Contestant, connection: Connection) -> None:
    job = (await connection.ask(contestant.submission())).json()["job_id"]
    question = contestant.question(job)
    while json.loads((await connection.ask(question)).body)["status"] != "SUCCESS":  # noqa: ASYNC110 - asks another
        await asyncio.sleep(POLL_SECONDS)


async def _wait(contestant: Contestant, connection: Connection) -> None:
    asked = request("POST", "/v1/jobs", contestant.token, TEN_NUMBERS, {"Prefer": "wait=10"})
    if (answer := await connection.ask(asked)).json()["status"] != "SUCCESS":
        raise RuntimeError(f"not done in time: {answer.body!r}")


def _print(found: Mapping[str, list[float]]) -> None:
    plain = found["plain"]
    rows = []
    for name, taken in found.items():
        p50, p99 = (percentile(taken, share) for share in (50, 99))
        ratios = (times(p50 / percentile(plain, 50)), times(p99 / percentile(plain, 99)))
        rows.append([name, milliseconds(p50), ratios[0], milliseconds(p99), ratios[1]])
    show("submitted to result", ["p50", "ratio", "p99", "ratio"], rows)
