"""An answer leaves in one piece, and nothing of it stays behind."""

import asyncio
from collections.abc import Iterable

import pytest

from jobproc.adapters.http.joined_writes import JoinedWrites

pytestmark = pytest.mark.anyio
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Sent(asyncio.Transport):
    """Remembers what went out, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """One piece."""
        self.pieces.append(bytes(data))

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """One piece as well."""
        self.pieces.append(b"".join(list_of_data))

    def close(self) -> None:
        """The end."""
        self.pieces.append(b"<closed>")

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


async def test_all_else_is_the_transport_s_own() -> None:
    transport, _ = joined()
    assert transport.get_write_buffer_size() == 7
