"""The head of an answer and its body in one piece."""

import asyncio
from typing import Any

START = b"HTTP/1.1 "


class JoinedWrites:
    """A transport that keeps the head of an answer until its body comes, or the loop turns.

    uvicorn writes one after the other: each is a call of the system, and the client would be woken for half an answer.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""
        self.is_closing = transport.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send it, with the head that was kept; a head is kept itself."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.writelines((head, data))
        elif data.startswith(START):
            self._head = data
            self._loop.call_soon(self._send_head)
        else:
            self._transport.write(data)

    def close(self) -> None:
        """Nothing more will come."""
        self._send_head()
        self._transport.close()

    def _send_head(self) -> None:
        head, self._head = self._head, b""
        # Who has gone meanwhile is sent nothing: a handle that is closed would fail.
        if head and not self.is_closing():
            self._transport.write(head)
