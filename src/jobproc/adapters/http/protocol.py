"""HTTP/1.1 from strangers: who sends too slowly, too much or against the standard is cut off before any application.

uvicorn's own protocol has no deadline for a request and no limit on its headers.
"""

import asyncio
import json
from collections.abc import Iterator
from http import HTTPStatus
from secrets import token_hex
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from jobproc.adapters.http.answer_headers import SAFE
from jobproc.adapters.http.errors import Refusal
from jobproc.adapters.http.problems import MEDIA_TYPE, problem_of

MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768

INVALID = Refusal(400, "invalid-request", "This is not a request of HTTP/1.1.")
TOO_LARGE = Refusal(
    431, "headers-too-large", f"Send at most {MOST_HEADERS} headers and {MOST_HEADER_BYTES} bytes of them."
)


class HeadersTooLarge(Exception):
    """Ends the parsing."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection, as uvicorn serves it, within deadlines and limits."""

    header_seconds = 10.0
    # For what is left of a request after its answer; cut off at once, its client might never read the answer.
    rest_seconds = 5.0
    most_connections = 1000

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._is_in_head = self._is_in_body = self._has_begun = False
        self._count = self._size = self._unparsed = 0
        self._refusal = INVALID
        self.url = b""
        self.waits_since = self.loop.time()

    @property
    def is_busy(self) -> bool:
        """Whether a request is being answered: a long poll or a stream, for example."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has come: when there are too many, who has waited longest without a request goes."""
        super().connection_made(transport)
        self._close_after(self.header_seconds)
        if len(self.connections) > self.most_connections:
            min(self._waiting(), key=lambda each: each.waits_since).transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._disarm()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, within the limits."""
        if self.transport.is_closing():
            return
        self._has_begun = False
        super().data_received(data)
        # A header that does not end is nowhere but in the parser; what began it may hold more than headers.
        self._unparsed = self._unparsed + len(data) if self._is_in_head and not self._has_begun else 0
        if self._unparsed > 2 * MOST_HEADER_BYTES and not self.transport.is_closing():
            self._refusal = TOO_LARGE
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = self._has_begun = True
        self._count = self._size = 0
        self._close_after(self.header_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; those behind a body are counted, and left out of what was judged without them."""
        self._count += 1
        self._size += len(name) + len(value)
        if self._count > MOST_HEADERS or self._size > MOST_HEADER_BYTES:
            self._refusal = TOO_LARGE
            raise HeadersTooLarge
        if self._is_in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The application takes over, with a deadline of its own for the body."""
        self._is_in_head, self._is_in_body = False, True
        self._disarm()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of the request is here."""
        self._is_in_body = False
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; what is still to come of the request has a moment for it."""
        self.waits_since = self.loop.time()
        super().on_response_complete()
        if self._is_in_body:
            self._close_after(self.rest_seconds)

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong in the shape of the surface that was asked for, and close."""
        refusal, path, name = self._refusal, self.url.decode("latin-1"), token_hex(8)
        body: dict[str, object] = {"detail": refusal.detail}
        if is_problem := path.startswith("/v1/"):
            body = problem_of(refusal, name)
        kind = MEDIA_TYPE if is_problem else "application/json"
        self.transport.write(_answer(refusal.status, kind, name, json.dumps(body).encode()))
        self.transport.close()

    def _waiting(self) -> Iterator["GuardedProtocol"]:
        """Connections without a request, this one among them."""
        for each in self.connections:
            if isinstance(each, GuardedProtocol) and not each.is_busy and not each.transport.is_closing():
                yield each

    def _close_after(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _answer(status: int, kind: str, name: str, body: bytes) -> bytes:
    headers = {
        b"content-type": kind.encode(),
        b"content-length": str(len(body)).encode(),
        b"connection": b"close",
        b"x-request-id": name.encode(),
        **SAFE,
    }
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [header + b": " + value for header, value in headers.items()]
    return b"\r\n".join((*lines, b"", body))
