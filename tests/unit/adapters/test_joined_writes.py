"""An answer leaves in one piece, and nothing of it stays behind."""

import asyncio
from collections.abc import Iterable

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from jobproc.adapters.http.joined_writes import JoinedWrites
from jobproc.adapters.http.protocol import GuardedProtocol

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Sent(asyncio.Transport):
    """Remembers what went out, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.is_lost = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """One piece."""
        if self.is_lost:
            raise RuntimeError("the handler is closed")
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """One piece as well."""
        self.pieces.append(b"".join(list_of_data))

    def close(self) -> None:
        """The end."""
        self.pieces.append(b"<closed>")

    def is_closing(self) -> bool:
        """Whether it is lost."""
        return self.is_lost

    def get_write_buffer_size(self) -> int:
        """Asked for by whoever watches the reader."""
        return 7


def joined() -> tuple[JoinedWrites, Sent]:
    sent = Sent()
    return JoinedWrites(sent, asyncio.get_running_loop()), sent


async def test_a_head_and_its_body_are_one_piece_at_once() -> None:
    transport, sent = joined()
    transport.write(HEAD)
    assert sent.pieces == []
    transport.write(b"{}")
    assert sent.pieces == [HEAD + b"{}"]
    await asyncio.sleep(0)
    assert sent.pieces == [HEAD + b"{}"]


async def test_a_head_does_not_wait_for_a_body_that_comes_later() -> None:
    transport, sent = joined()
    transport.write(HEAD)
    await asyncio.sleep(0)
    assert sent.pieces == [HEAD]
    transport.write(b"data: 1\n\n")
    transport.write(b"data: 2\n\n")
    assert sent.pieces == [HEAD, b"data: 1\n\n", b"data: 2\n\n"]


async def test_heads_without_bodies_go_out_in_their_order() -> None:
    transport, sent = joined()
    for piece in (HEAD, HEAD, HEAD):
        transport.write(piece)
    await asyncio.sleep(0)
    assert sent.pieces == [HEAD + HEAD, HEAD]


async def test_a_head_goes_out_before_the_end() -> None:
    transport, sent = joined()
    transport.write(HEAD)
    transport.close()
    await asyncio.sleep(0)
    assert sent.pieces == [HEAD, b"<closed>"]


async def test_a_head_for_somebody_who_has_gone_is_dropped() -> None:
    transport, sent = joined()
    transport.write(HEAD)
    sent.is_lost = True
    # What the loop would log fails this test.
    await asyncio.sleep(0)
    assert sent.pieces == []


async def test_an_answer_of_the_server_is_one_piece() -> None:
    async def answer(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})

    config = uvicorn.Config(answer, http=GuardedProtocol, access_log=False, log_config=None)
    config.load()
    protocol, sent = GuardedProtocol(config, ServerState(), {}), Sent()
    protocol.connection_made(sent)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await asyncio.sleep(0.01)
    [piece] = sent.pieces
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n")
    assert piece.endswith(b"\r\n\r\n{}")
    protocol.connection_lost(None)


async def test_all_else_is_the_transport_s_own() -> None:
    transport, _ = joined()
    assert transport.get_write_buffer_size() == 7
