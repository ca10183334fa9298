"""500 open streams of 10 users: how soon a change reaches its reader, and what they cost the API.

A change is told of by the process that makes it, through Valkey, to the process that holds the stream. Its delay is
counted from the time that the store gave it, by the same clock of the same machine, to its arrival at the client.
"""

import asyncio
import json
import os
import socket
import tempfile
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlsplit

import httpx2

from benchmarks.processes import connections_to, cpu_seconds, megabytes
from benchmarks.sizes import Size
from jobproc.adapters.embedded.datafolder import SETTINGS_FILE
from jobproc.entrypoints.stack import Stack, running_stack

USERS, JOBS_OF_A_USER = 10, 50
CHANGES = 200
IDLE_SECONDS = 10
PASSWORD = "correct-horse-9"
UNLIMITED = {f"JOBPROC_RATE_LIMIT_{name}": "off" for name in ("AUTH", "SUBMIT", "READ")}


def run(size: Size) -> None:
    """Start a service of its own, measure, print a table, stop."""
    os.environ |= UNLIMITED
    with tempfile.TemporaryDirectory(prefix="jobproc-bench-") as folder:
        Path(folder).chmod(0o755)
        place = Path(folder, "data")
        with running_stack(
            place, host="127.0.0.1", port=_free_port(), slots=2, log=Path(folder, "log")
        ) as stack:
            asyncio.run(_measure(stack, _database_port(place)))


async def _measure(stack: Stack, database_port: int) -> None:
    api = stack.processes["api"].pid
    async with httpx2.AsyncClient(base_url=stack.url, trust_env=False) as client, AsyncExitStack() as closing:
        users = [await _register(client, f"user-{number}") for number in range(USERS)]
        jobs = [(user, await _later(client, user)) for user in users for _ in range(JOBS_OF_A_USER)]
        before = megabytes(api)
        streams = [await Stream.open(stack.url, user, job, closing) for user, job in jobs]
        after = megabytes(api)
        busy, began = cpu_seconds(api), time.monotonic()
        await asyncio.sleep(IDLE_SECONDS)
        load = (cpu_seconds(api) - busy) / (time.monotonic() - began)
        by_api = [await _cancelled(client, stream) for stream in streams[:CHANGES]]
        by_worker = [await _run_through(client, stack.url, users[number % 4]) for number in range(CHANGES)]
        _print("changed by the API", by_api)
        _print("changed by the worker", by_worker)
        print(
            f"{'memory of the API':28}{before:7.0f} MiB before, {after:.0f} MiB with {len(streams)} streams"
        )
        print(f"{'processor of the API, idle':28}{load:7.1%} of a core")
        print(f"{'connections to Postgres':28}{connections_to(api, database_port):7} of the API's 10")


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


def _print(name: str, delays: list[float]) -> None:
    percentiles = quantiles(delays, n=100)
    shown = [1000 * percentiles[49], 1000 * percentiles[94], 1000 * max(delays)]
    print(f"{name:28}{shown[0]:7.1f} ms p50{shown[1]:9.1f} ms p95{shown[2]:9.1f} ms at most")


async def _register(client: httpx2.AsyncClient, name: str) -> dict[str, str]:
    answer = await client.post("/v1/auth/register", json={"username": name, "password": PASSWORD})
    answer.raise_for_status()
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def _later(client: httpx2.AsyncClient, user: Mapping[str, str]) -> str:
    body: dict[str, Any] = {"operation": "square_sum", "data": [1], "delay_seconds": 3600}
    answer = await client.post("/v1/jobs", json=body, headers=user)
    answer.raise_for_status()
    return str(answer.json()["id"])


def _database_port(place: Path) -> int:
    told = dict(line.split("=", 1) for line in (place / SETTINGS_FILE).read_text().splitlines())
    return urlsplit(told["JOBPROC_DATABASE_URL"]).port or 5432


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
