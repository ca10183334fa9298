"""A client of server-sent events that speaks to the application without a socket."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a stream; a comment has no name."""

    name: str | None
    id: str | None
    data: Any


@dataclass(slots=True)
class Stream:
    """An open stream; leaving the block is the client that goes away."""

    app: ASGIApp
    path: str
    headers: Mapping[str, str]
    status: int = 0
    # Cleared, the client takes nothing more, and does not say so.
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    _events: asyncio.Queue[Event | None] = field(default_factory=asyncio.Queue)
    _left: asyncio.Event = field(default_factory=asyncio.Event)
    _begun: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _text: str = ""
    _asked: bool = False

    def ask(self) -> None:
        """Send the request, and do not wait for the answer."""
        self.takes.set()
        self._task = asyncio.create_task(self._run())

    def leave(self) -> None:
        """Go away."""
        self._left.set()

    async def __aenter__(self) -> Self:
        self.ask()
        async with asyncio.timeout(10):
            await self._begun.wait()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._left.set()
        if self._task:
            async with asyncio.timeout(10):
                await self._task

    async def next(self, name: str | None = None, seconds: float = 20) -> Event:
        """The next event of that name, or of any; comments are left out."""
        async with asyncio.timeout(seconds):
            while True:
                event = await self._events.get()
                if event is None:
                    raise EOFError("the stream has ended")
                if event.name is not None and name in (None, event.name):
                    return event

    async def ended(self, seconds: float = 10) -> None:
        """Return once the service has let go of it."""
        async with asyncio.timeout(seconds):
            if self._task:
                await self._task

    async def rest(self, seconds: float = 20) -> list[Event]:
        """Every event until the stream ends."""
        events = []
        try:
            while True:
                events.append(await self.next(seconds=seconds))
        except EOFError:
            return events

    async def _run(self) -> None:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "server": ("jobproc", 80),
            "client": ("127.0.0.1", 1),
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": b"",
            "headers": [
                (b"host", b"jobproc"),
                *((name.lower().encode(), value.encode()) for name, value in self.headers.items()),
            ],
        }
        try:
            await self.app(scope, self._receive, self._send)
        except OSError:
            if not self._left.is_set():
                raise
        finally:
            self._begun.set()
            self._events.put_nowait(None)

    async def _receive(self) -> Message:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        await self.takes.wait()
        if self._left.is_set():
            raise OSError("the client has left")
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self._begun.set()
            return
        self._text += message.get("body", b"").decode()
        *whole, self._text = self._text.split("\n\n")
        for block in whole:
            self._events.put_nowait(_parsed(block))


def _parsed(block: str) -> Event:
    fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
    data = fields.get("data")
    return Event(fields.get("event"), fields.get("id"), json.loads(data) if data else None)
