"""Requests with as little as possible around them, so that the client takes little from the service it measures."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.servers import HOST

PASSWORD = "correct-horse-9"
TEN_NUMBERS = {"operation": "square_sum", "data": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]}
END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"


class Answer(NamedTuple):
    """Its status, and its body as it came."""

    status: int
    body: bytes

    def json(self) -> Any:
        """What the body says; a refusal ends the benchmark."""
        if self.status >= 400:
            raise RuntimeError(f"{self.status}: {self.body.decode(errors='replace')[:500]}")
        return json.loads(self.body)


@dataclass(slots=True)
class Load:
    """What came of many requests."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def accepted(self) -> int:
        """How many were not refused."""
        return sum(number for status, number in self.statuses.items() if status < 400)


class Connection(asyncio.Protocol):
    """One connection that stays, with one request at a time; every answer tells its length."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[Answer] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is open."""
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """It is not."""
        self._transport = None
        if self._answer and not self._answer.done():
            self._answer.set_exception(exc or ConnectionError("closed by the service"))

    def data_received(self, data: bytes) -> None:
        """Some of the answer has come."""
        self._received += data
        end = self._received.find(END_OF_HEAD)
        if end < 0:
            return
        total = end + len(END_OF_HEAD) + _length(bytes(self._received[:end]).lower())
        if len(self._received) < total or self._answer is None:
            return
        body = bytes(self._received[end + len(END_OF_HEAD) : total])
        status = int(self._received[9:12])
        del self._received[:total]
        self._answer.set_result(Answer(status, body))

    async def ask(self, request: bytes) -> Answer:
        """Send it and wait for the answer."""
        if self._transport is None:
            raise ConnectionError("closed by the service")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """Ask no more."""
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Connection]:
    """A connection to that port of this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, HOST, port)
    try:
        yield connection
    finally:
        connection.close()


def request(
    method: str, path: str, token: str = "", body: Any = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """The bytes of a request; `body` is sent as JSON, or as it is when it is bytes already."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {HOST}"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    content = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    return "\r\n".join((*lines, "", "")).encode() + content


async def ask(port: int, *arguments: Any, **options: Any) -> Any:
    """One request over a connection of its own, as `request` takes it; what the answer says."""
    async with connected(port) as connection:
        return (await connection.ask(request(*arguments, **options))).json()


async def register(port: int, name: str) -> str:
    """A new user's token."""
    body = {"username": name, "password": PASSWORD}
    return str((await ask(port, "POST", "/register", body=body))["access_token"])


async def send(
    port: int,
    requests: Iterable[bytes],
    *,
    connections: int = 32,
    seconds: float = float("inf"),
    per_second: float = float("inf"),
) -> Load:
    """Send them over so many connections: each one when its time has come and a connection is free.

    A request's time counts from when it should have been sent, so that one that waits for a connection is late.
    """
    left, load = enumerate(requests), Load()
    began = time.perf_counter()

    async def drive() -> None:
        async with connected(port) as connection:
            for number, each in left:
                due = began + number / per_second
                if max(due, time.perf_counter()) > began + seconds:
                    return
                await asyncio.sleep(due - time.perf_counter())
                asked = due if number / per_second else time.perf_counter()
                answer = await connection.ask(each)
                load.latencies.append(time.perf_counter() - asked)
                load.statuses[answer.status] += 1

    await asyncio.gather(*(drive() for _ in range(connections)))
    load.seconds = time.perf_counter() - began
    return load


def _length(head: bytes) -> int:
    at = head.find(LENGTH)
    return int(head[at + len(LENGTH) :].split(b"\r", 1)[0]) if at >= 0 else 0
