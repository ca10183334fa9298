"""A door for operators in processes that serve nobody else: `/metrics`, `/livez` and `/readyz`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from fastapi import FastAPI

from jobproc.adapters.http.operators import create_operators_app
from jobproc.application.application import Application
from jobproc.domain.errors import ConfigurationError

STOP_SECONDS = 1
# Numbers want a token from elsewhere, and to be alive is no secret.
EVERYWHERE = "0.0.0.0"  # noqa: S104


@asynccontextmanager
async def open_door(
    port: int, application: Application, stopping: asyncio.Event, *, metrics_token: str
) -> AsyncIterator[None]:
    """Open while the block runs, and served by the loop of the work itself: one that stands still does not answer."""
    with _listener(port) as listener:
        server = _Server(_config(create_operators_app(application, stopping, metrics_token=metrics_token)))
        serving = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await asyncio.wait((serving,))


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((EVERYWHERE, port))
    except OSError as error:
        raise ConfigurationError(
            f"JOBPROC_METRICS_PORT: cannot listen on port {port}: {error.strerror}. Each process needs its own."
        ) from None


def _config(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=STOP_SECONDS,
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are for the process that this is a part of."""
        yield
