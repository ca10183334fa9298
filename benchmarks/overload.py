"""Submissions at twice the rate that the service can take: what gets through, who is refused, and what memory does.

First as fast as it can with 32 connections, which is its capacity. Then twice as many a second, from users without
limits, over 400 connections: a request that finds none free is late. Then the same from one user who has a limit, while
another one submits ten jobs a second. The worker works meanwhile.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle

from benchmarks.load import TEN_NUMBERS, Load, register, request, send
from benchmarks.processes import family, proportional_megabytes
from benchmarks.servers import Service, service
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, percentile, show, times

FACTOR = 2
MANY_CONNECTIONS = 400
POLITE_PER_SECOND = 10
LIMIT = "6000/minute"


@dataclass(frozen=True, slots=True)
class Row:
    """Who submitted, how much was asked for a second, and what came of it."""

    name: str
    asked: float
    load: Load

    def cells(self, capacity: float) -> list[str]:
        """As a line of the table."""
        accepted, answers = self.load.accepted, max(1, self.load.statuses.total())
        shares = [self.load.statuses[status] / answers for status in (429, 503)]
        return [
            self.name,
            f"{self.asked:.0f}/s",
            f"{accepted / self.load.seconds:.0f}/s",
            times(accepted / self.load.seconds / capacity),
            *(f"{share:.1%}" for share in shares),
            milliseconds(percentile(self.load.latencies, 50)),
            milliseconds(percentile(self.load.latencies, 99)),
        ]


def run(size: Size) -> None:
    """Find the capacity, ask for twice as much, print."""
    seconds = size.of(0.5, 10.0)
    rows: list[Row] = []
    memory: dict[str, list[float]] = {}
    with service() as running:
        rows += asyncio.run(_without_limits(running, seconds, memory))
    capacity = rows[0].load.accepted / rows[0].load.seconds
    with service(RATE_LIMIT_SUBMIT=LIMIT) as running:
        rows += asyncio.run(_with_limits(running, FACTOR * capacity, seconds))
    columns = ["asked", "accepted", "of the first", "429", "503", "p50", "p99"]
    show("submissions", columns, [row.cells(capacity) for row in rows])
    show("memory", ["before", "after", "ratio"], [_memory_row(*each) for each in memory.items()])


async def _without_limits(running: Service, seconds: float, memory: dict[str, list[float]]) -> list[Row]:
    tokens = [await register(running.port, f"user-{number}") for number in range(4)]
    requests = _submissions(tokens)
    able = await send(running.port, requests, seconds=seconds)
    capacity = able.accepted / able.seconds
    _weigh(running, memory)
    asked = FACTOR * capacity
    load = await send(running.port, requests, connections=MANY_CONNECTIONS, per_second=asked, seconds=seconds)
    _weigh(running, memory)
    return [Row("as fast as it can", capacity, able), Row("twice that", asked, load)]


async def _with_limits(running: Service, asked: float, seconds: float) -> list[Row]:
    greedy, polite = [await register(running.port, name) for name in ("greedy", "polite")]
    loads = await asyncio.gather(
        send(
            running.port,
            _submissions([greedy]),
            connections=MANY_CONNECTIONS,
            per_second=asked,
            seconds=seconds,
        ),
        send(
            running.port, _submissions([polite]), connections=2, per_second=POLITE_PER_SECOND, seconds=seconds
        ),
    )
    names = (f"one user, limit {LIMIT}", asked), ("another user meanwhile", POLITE_PER_SECOND)
    return [Row(name, rate, load) for (name, rate), load in zip(names, loads, strict=True)]


def _submissions(tokens: Sequence[str]) -> Iterator[bytes]:
    return cycle([request("POST", "/v1/jobs", token, TEN_NUMBERS) for token in tokens])


def _weigh(running: Service, memory: dict[str, list[float]]) -> None:
    for name, pid in running.pids.items():
        memory.setdefault(name, []).append(proportional_megabytes(family(pid)))


def _memory_row(name: str, weights: Sequence[float]) -> list[str]:
    before, after = weights
    return [name, f"{before:.0f} MiB", f"{after:.0f} MiB", times(after / before)]
