"""A balancer as those in front of real services are: it looks at `/readyz`, and knows connections, not requests."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress

LOOK_SECONDS = 0.1
LOOK = b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
READY = b"HTTP/1.1 200"


class Balancer:
    """New connections go in turn to the processes that are ready; those that are there stay where they are."""

    def __init__(self, ports: Sequence[int]) -> None:
        self.ready: list[int] = []
        self._ports = ports
        self._turn = 0
        self._somebody = asyncio.Event()

    async def serve(self, tell: "Future[tuple[int, Callable[[], object]]]") -> None:
        """Tell where it listens, and what ends it; look and pass on until then."""
        server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0)
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        tell.set_result((server.sockets[0].getsockname()[1], lambda: loop.call_soon_threadsafe(over.set)))
        async with server:
            while not over.is_set():
                await self._look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(over.wait(), LOOK_SECONDS)

    async def _look(self) -> None:
        looks = await asyncio.gather(*map(_is_ready, self._ports))
        self.ready = [port for port, is_ready in zip(self._ports, looks, strict=True) if is_ready]
        (self._somebody.set if self.ready else self._somebody.clear)()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not self.ready:
            await self._somebody.wait()
        self._turn += 1
        with suppress(OSError):
            theirs, to_them = await asyncio.open_connection(
                "127.0.0.1", self.ready[self._turn % len(self.ready)]
            )
            await asyncio.gather(_copy(reader, to_them), _copy(theirs, writer))


async def _is_ready(port: int) -> bool:
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(LOOK)
                return (await reader.read()).startswith(READY)
            finally:
                writer.close()
    return False


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    """Until one side ends, which ends the other."""
    try:
        while data := await source.read(65_536):
            target.write(data)
            await target.drain()
    except OSError:
        return
    finally:
        target.close()


@contextmanager
def balancing(*ports: int) -> Iterator[tuple[Balancer, str]]:
    """A balancer in front of these ports of this machine, in a thread of its own; and its address."""
    balancer = Balancer(ports)
    told: Future[tuple[int, Callable[[], object]]] = Future()
    thread = threading.Thread(target=asyncio.run, args=(balancer.serve(told),))
    thread.start()
    port, end = told.result(10)
    try:
        yield balancer, f"http://127.0.0.1:{port}"
    finally:
        end()
        thread.join()
