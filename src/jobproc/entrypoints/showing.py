"""A door for operators in processes that serve nobody else: `/metrics`, `/livez` and `/readyz`."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn

from jobproc.application.application import Application
from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.settings import Settings

STOP_SECONDS = 1
# Numbers want a token from elsewhere, and to be alive is no secret.
EVERYWHERE = "0.0.0.0"  # noqa: S104


@asynccontextmanager
async def showing(
    settings: Settings, application: Application, stopping: asyncio.Event
) -> AsyncIterator[None]:
    """Open while the block runs, if there is a port for it; not ready any more once it is `stopping`.

    It is served by the loop of the work itself: a loop that stands still does not answer.
    """
    if settings.metrics_port is None:
        yield
        return
    with _listener(settings.metrics_port) as listener:
        server = _Server(_config(settings, application, stopping))
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


def _config(settings: Settings, application: Application, stopping: asyncio.Event) -> uvicorn.Config:
    # Only who opens the door loads what it is made of.
    from jobproc.adapters.http.operators import create_operators_app

    return uvicorn.Config(
        create_operators_app(application, stopping, metrics_token=settings.token_of_metrics),
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
