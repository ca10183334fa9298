"""Servers that cannot be heard, without either end noticing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress


class Wire:
    """Passes bytes on, both ways, while it is whole."""

    def __init__(self, host: str, port: int) -> None:
        self._place = host, port
        self._whole = asyncio.Event()
        self._whole.set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Connections stay open, and nothing goes through."""
        self._whole.clear()

    def mend(self) -> None:
        """All goes through again, late."""
        self._whole.set()

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Somebody connects to this end."""
        far_reader, far_writer = await asyncio.open_connection(*self._place)
        for source, target in ((reader, far_writer), (far_reader, writer)):
            self._tasks.add(asyncio.create_task(self._pass(source, target)))

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError):
                while data := await source.read(65_536):
                    await self._whole.wait()
                    target.write(data)
                    await target.drain()
        finally:
            target.transport.abort()

    async def close(self) -> None:
        """Let go of everything."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


@asynccontextmanager
async def wire(host: str, port: int) -> AsyncIterator[tuple[Wire, int]]:
    """A wire to that place, and the port of its near end."""
    made = Wire(host, port)
    server = await asyncio.start_server(made.meet, "127.0.0.1", 0)
    yield made, server.sockets[0].getsockname()[1]
    server.close()
    await made.close()


@contextmanager
def silent() -> Iterator[str]:
    """A place that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
