"""Sockets without a client library between, and a server that is quick to lose its patience."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress

import uvicorn

from jobproc.adapters.http.app import create_app
from jobproc.adapters.http.protocol import GuardedProtocol
from jobproc.entrypoints.serving import serve_application
from jobproc.entrypoints.settings import Settings
from tests.integration.processes.running import free_port

HOST = b"Host: jobproc\r\n"


def connect(port: int, data: bytes) -> socket.socket:
    """A socket that has sent so much, as far as the other side takes it."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    with suppress(OSError):
        client.sendall(data)
    return client


def everything(client: socket.socket) -> bytes:
    """What comes until the other side closes."""
    received = b""
    try:
        while chunk := client.recv(65_536):
            received += chunk
    except ConnectionResetError:
        pass
    client.close()
    return received


class QuickProtocol(GuardedProtocol):
    """Impatient, so that a test is not slow."""

    header_seconds = 0.5
    rest_seconds = 0.5
    reader_seconds = 1.0


class QuietServer(uvicorn.Server):
    """Leaves the signals to the tests."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """Nothing."""
        return nullcontext()


@asynccontextmanager
async def quick_server(settings: Settings, most: int = 1000) -> AsyncIterator[int]:
    """The service behind an impatient protocol; its port."""
    app = create_app(
        lambda: serve_application(settings),
        max_body_bytes=settings.max_body_bytes,
        max_batch_bytes=settings.max_batch_bytes,
        body_seconds=0.5,
    )
    protocol = type("Protocol", (QuickProtocol,), {"most_waiting": most})
    if most < 1000:
        protocol.header_seconds = 30.0  # type: ignore[attr-defined]
    server = QuietServer(uvicorn.Config(app, http=protocol, port=free_port(), log_level="warning"))
    serving_ = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        # The server has no event to wait for.
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    yield server.config.port
    server.should_exit = True
    await serving_


def drip(port: int, start: bytes, drop: bytes) -> bytes:
    """Send that, then a drop now and then; what came back until the other side closed."""
    received, deadline = b"", time.monotonic() + 10
    with connect(port, start) as client:
        client.settimeout(0.1)
        while time.monotonic() < deadline:
            try:
                client.sendall(drop)
                if not (chunk := client.recv(65_536)):
                    return received
                received += chunk
            except TimeoutError:
                continue
            except OSError:
                return received
    raise AssertionError("it was never closed")
