"""A way to a server on which answers get lost."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass
class LossyWay:
    """Passes everything on; an answer that is to be lost is read, so that its work is done, and dropped."""

    listener: socket.socket
    server: tuple[str, int]
    to_lose: int = 0
    lost: int = 0

    @property
    def url(self) -> str:
        """Where to ask."""
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def lose_one(self) -> None:
        """The next answer."""
        self.to_lose += 1

    def serve(self) -> None:
        """Until the listener is closed."""
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self.server) as server:
            threading.Thread(target=_copy, args=(client, server), daemon=True).start()
            while answer := server.recv(65536):
                if self.to_lose:
                    self.to_lose, self.lost = self.to_lose - 1, self.lost + 1
                    client.shutdown(socket.SHUT_RDWR)
                    return
                client.sendall(answer)


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while sent := source.recv(65536):
            target.sendall(sent)


@contextmanager
def lossy_way(port: str) -> Iterator[LossyWay]:
    """To the server at that port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        way = LossyWay(listener, ("127.0.0.1", int(port)))
        threading.Thread(target=way.serve, daemon=True).start()
        yield way
        listener.shutdown(socket.SHUT_RDWR)
