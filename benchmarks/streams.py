"""500 open streams of 10 users: how soon a change reaches its reader, and what they cost the API.

A change is told of by the process that makes it, through Valkey, to the process that holds the stream. Its delay is
counted from the time that the store gave it, by the same clock of the same machine, to its arrival at the client.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx2

from benchmarks.load import PASSWORD
from benchmarks.processes import connections_to, cpu_seconds, megabytes
from benchmarks.servers import HOST, Service, service
from benchmarks.sizes import Size
from benchmarks.tables import milliseconds, percentile, show


@dataclass(frozen=True, slots=True)
class Amounts:
    """How much is done."""

    users: int = 10
    jobs_of_a_user: int = 50
    changes: int = 200
    idle_seconds: float = 10


def run(size: Size) -> None:
    """Start a service of its own, measure, print a table, stop."""
    with service() as running:
        asyncio.run(_measure(running, size.of(Amounts(2, 2, 3, 0.5), Amounts())))


async def _measure(running: Service, amounts: Amounts) -> None:
    api, url = running.pids["api"], f"http://{HOST}:{running.port}"
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client, AsyncExitStack() as closing:
        users = [await _register(client, f"user-{number}") for number in range(amounts.users)]
        jobs = [(user, await _later(client, user)) for user in users for _ in range(amounts.jobs_of_a_user)]
        before = megabytes(api)
        streams = [await Stream.open(url, user, job, closing) for user, job in jobs]
        after = megabytes(api)
        busy, began = cpu_seconds(api), time.monotonic()
        await asyncio.sleep(amounts.idle_seconds)
        load = (cpu_seconds(api) - busy) / (time.monotonic() - began)
        by_api = [await _cancelled(client, stream) for stream in streams[: amounts.changes]]
        # Those whose streams have ended by now: the others have as many open as they may.
        free = users[: amounts.changes // amounts.jobs_of_a_user]
        by_worker = [
            await _run_through(client, url, free[number % len(free)]) for number in range(amounts.changes)
        ]
        open_connections = connections_to(api, urlsplit(running.database_url).port or 5432)
    _print_delays({"changed by the API": by_api, "changed by the worker": by_worker})
    memory = f"{before:.0f} MiB before, {after:.0f} MiB with {len(streams)} streams"
    print(f"memory of the API           {memory}")
    print(f"processor of the API, idle  {load:.1%} of a core")
    print(f"connections to Postgres     {open_connections} of the API's 10\n")


async def _cancelled(client: httpx2.AsyncClient, stream: "Stream") -> float:
    waiting = asyncio.create_task(stream.next())
    answer = await client.post(f"/v1/jobs/{stream.job}/cancel", headers=stream.headers)
    answer.raise_for_status()
    return (await waiting)[1]


async def _run_through(client: httpx2.AsyncClient, url: str, user: Mapping[str, str]) -> float:
    """A job that runs at once, followed from its start: the delay of its end."""
    answer = await client.post("/v1/jobs", json={"operation": "square_sum", "data": [1]}, headers=user)
    async with AsyncExitStack() as closing:
        stream = await Stream.open(url, user, answer.json()["id"], closing, after=0)
        while True:
            status, delay = await stream.next()
            if status == "SUCCESS":
                return delay


@dataclass(frozen=True, slots=True)
class Stream:
    """The events of a job over a connection of its own, with as little as possible around it."""

    job: str
    headers: Mapping[str, str]
    reader: asyncio.StreamReader

    @classmethod
    async def open(
        cls, url: str, user: Mapping[str, str], job: str, closing: AsyncExitStack, *, after: int = 1
    ) -> "Stream":
        """Follow the job after that version."""
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        closing.callback(writer.close)
        headers = {**user, "Host": place.netloc, "Accept": "text/event-stream", "Last-Event-ID": str(after)}
        lines = [
            f"GET /v1/jobs/{job}/events HTTP/1.1",
            *(f"{name}: {text}" for name, text in headers.items()),
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await reader.readuntil(b"\r\n\r\n")
        return cls(job, user, reader)

    async def next(self) -> tuple[str, float]:
        """The status of the next change, and the seconds from there to here."""
        async with asyncio.timeout(60):
            while not (line := await self.reader.readline()).startswith(b"data: "):
                pass
        arrived = time.time()
        data = json.loads(line.removeprefix(b"data: "))
        return data["status"], arrived - datetime.fromisoformat(data["at"]).timestamp()


def _print_delays(delays: Mapping[str, list[float]]) -> None:
    rows = [
        [name, *map(milliseconds, (percentile(each, 50), percentile(each, 95), max(each)))]
        for name, each in delays.items()
    ]
    show("from the change to its reader", ["p50", "p95", "at most"], rows)


async def _register(client: httpx2.AsyncClient, name: str) -> dict[str, str]:
    answer = await client.post("/v1/auth/register", json={"username": name, "password": PASSWORD})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _later(client: httpx2.AsyncClient, user: Mapping[str, str]) -> str:
    body: dict[str, Any] = {"operation": "square_sum", "data": [1], "delay_seconds": 3600}
    answer = await client.post("/v1/jobs", json=body, headers=user)
    answer.raise_for_status()
    return str(answer.json()["id"])
