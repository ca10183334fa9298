"""The API of the service, with an eye on how long its event loop is kept from turning.

Stands in the place of `jobproc api`; `GET /longest-turn` tells the longest turn since it was last asked, in seconds by
the clock and in seconds of processor, which is what remains of it when nobody else has work for the processor.
"""

import asyncio
import json
import time
from typing import Any

import typer
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from jobproc.adapters.http.protocol import GuardedProtocol
from jobproc.entrypoints import api

TICK_SECONDS = 0.001


class Watched:
    """An application, and the longest turn of the loop that it runs in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._ticking: asyncio.Task[None] | None = None
        self._longest = 0.0, 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the one question."""
        self._ticking = self._ticking or asyncio.create_task(self._tick())
        if scope.get("path") != "/longest-turn":
            await self._app(scope, receive, send)
            return
        body = json.dumps(self._longest).encode()
        self._longest = 0.0, 0.0
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _tick(self) -> None:
        while True:
            clock, processor = time.perf_counter(), time.thread_time()
            await asyncio.sleep(TICK_SECONDS)
            turn = time.perf_counter() - clock - TICK_SECONDS, time.thread_time() - processor
            self._longest = max(self._longest[0], turn[0]), max(self._longest[1], turn[1])


def make_app() -> Any:
    """What the server serves."""
    return Watched(api.make_app())


def main(host: str = "127.0.0.1", port: int = 8000) -> None:
    """Serve as `jobproc api` does."""
    config = uvicorn.Config(
        f"benchmarks.watched:{make_app.__name__}",
        factory=True,
        host=host,
        port=port,
        http=GuardedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        log_level="warning",
    )
    uvicorn.Server(config).run()


if __name__ == "__main__":
    typer.run(main)
