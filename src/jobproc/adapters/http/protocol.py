"""HTTP/1.1 from strangers: who sends too slowly, too much or against the standard is cut off before any application.

uvicorn's own protocol has no deadline for a request and no limit on its headers.
"""

import asyncio
import json
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from jobproc.adapters.http.answer_headers import SAFE
from jobproc.adapters.http.errors import Refusal
from jobproc.adapters.http.joined_writes import JoinedWrites
from jobproc.adapters.http.problems import MEDIA_TYPE, problem_of
from jobproc.adapters.http.request_ids import HEADER, name_of
from jobproc.adapters.http.upgrades import parser_behind

MOST_HEADERS = 100
MOST_HEADER_BYTES = 32_768
# Of a header, or of something else that the parser keeps to itself until it ends.
MOST_UNHEARD_BYTES = 2 * MOST_HEADER_BYTES

INVALID = Refusal(400, "invalid-request", "This is not a request of HTTP/1.1.")
TOO_LARGE = Refusal(
    431, "headers-too-large", f"Send at most {MOST_HEADERS} headers and {MOST_HEADER_BYTES} bytes of them."
)


class NotTaken(Exception):
    """Ends the parsing."""


class GuardedProtocol(HttpToolsProtocol):
    """One connection, as uvicorn serves it, within deadlines and limits."""

    header_seconds = 10.0
    # For what is left of a request after its answer; cut off at once, its client might never read the answer.
    rest_seconds = 5.0
    # For a reader to take something of what is to be sent.
    reader_seconds = 20.0
    # Without a whole request; those that are served do not count.
    most_waiting = 1000

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._deadline: asyncio.TimerHandle | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._is_in_head = self._is_in_body = self._is_offer = False
        self._count = self._size = self._unheard = 0
        self._refusal = INVALID
        self.url = b""
        self.waits_since = self.loop.time()

    @property
    def is_served(self) -> bool:
        """Whether a whole request is being answered: a long poll or a stream, for example."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete and not self._is_in_body

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has come: when too many wait, who has waited longest without a whole request goes."""
        super().connection_made(transport)
        self.transport = JoinedWrites(transport, self.loop)  # type: ignore[assignment]
        self._close_after(self.header_seconds)
        if len(self.connections) > self.most_waiting:
            waiting = list(self._waiting())
            if len(waiting) > self.most_waiting:
                min(waiting, key=lambda each: each.waits_since).transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """They are gone."""
        self._disarm()
        self._be_patient()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has come, within the limits."""
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self._unheard += len(data)
        try:
            self._feed(memoryview(data))
            if self._unheard > MOST_UNHEARD_BYTES:
                self._refusal = TOO_LARGE
                raise NotTaken
        except (httptools.HttpParserError, NotTaken):
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("")

    def _feed(self, data: memoryview) -> None:
        while True:
            try:
                self.parser.feed_data(data)
            except httptools.HttpParserUpgrade as offer:
                data = data[offer.args[0] :]
                self._is_offer = False
                self.parser = parser_behind(self.headers, self)
            else:
                return

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_in_head = True
        self._count = self._size = self._unheard = 0
        self._close_after(self.header_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header; those behind a body are counted, and left out of what was judged without them."""
        self._unheard = 0
        self._count += 1
        self._size += len(name) + len(value)
        if self._count > MOST_HEADERS or self._size > MOST_HEADER_BYTES:
            self._refusal = TOO_LARGE
            raise NotTaken
        if self._is_in_head:
            # Any other coding would be passed on as it is, whatever a proxy in front made of it.
            if name.lower() == b"transfer-encoding" and value.strip().lower() != b"chunked":
                raise NotTaken
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The application takes over, with a deadline of its own for the body."""
        if self.parser.get_http_version() != "1.1" and any(
            name == b"transfer-encoding" for name, _ in self.headers
        ):
            raise NotTaken
        self._is_in_head, self._is_in_body = False, True
        self._is_offer = self.parser.should_upgrade()
        self._unheard, self.waits_since = 0, self.loop.time()
        self._disarm()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unheard = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of the request is here; not so where the parser has passed over the body of an offer."""
        if self._is_offer:
            return
        self._is_in_body, self._unheard = False, 0
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; what is still to come of the request has a moment for it."""
        self.waits_since = self.loop.time()
        super().on_response_complete()
        if self._is_in_body:
            self._close_after(self.rest_seconds)

    def pause_writing(self) -> None:
        """The reader is slower than the answer: it may be, as long as it takes something of it."""
        super().pause_writing()
        self._be_patient(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """It has taken enough."""
        self._be_patient()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong in the shape of the surface that was asked for, and close; amid an answer only close."""
        if not self._is_answering:
            refusal, path, name = self._refusal, self.url.decode("latin-1"), name_of(self.headers or ())
            body: dict[str, object] = {"detail": refusal.detail}
            if is_problem := path.startswith("/v1/"):
                body = problem_of(refusal, name.decode())
            kind = MEDIA_TYPE if is_problem else "application/json"
            own = [*self.server_state.default_headers, (HEADER, name)]
            self.transport.write(_answer(refusal.status, kind, own, json.dumps(body).encode()))
        self.transport.close()

    @property
    def _is_answering(self) -> bool:
        """Whether a part of an answer may be on its way."""
        cycle: RequestResponseCycle | None = self.cycle
        return bool(self.pipeline) or (
            cycle is not None and cycle.response_started and not cycle.response_complete
        )

    def _waiting(self) -> Iterator["GuardedProtocol"]:
        """Connections without a whole request, this one among them."""
        for each in self.connections:
            if isinstance(each, GuardedProtocol) and not each.is_served and not each.transport.is_closing():
                yield each

    def _close_after(self, seconds: float) -> None:
        self._disarm()
        self._deadline = self.loop.call_later(seconds, self.transport.close)

    def _be_patient(self, unsent: int = 0) -> None:
        if self._patience is not None:
            self._patience.cancel()
        self._patience = self.loop.call_later(self.reader_seconds, self._judge, unsent) if unsent else None

    def _judge(self, before: int) -> None:
        """A close would wait for the reader as well."""
        unsent = self.transport.get_write_buffer_size()
        if unsent < before:
            self._be_patient(unsent)
        else:
            self.transport.abort()

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _answer(status: int, kind: str, own: Iterable[tuple[bytes, bytes]], body: bytes) -> bytes:
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *own,
        *SAFE.items(),
    ]
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()]
    lines += [name + b": " + value for name, value in headers]
    return b"\r\n".join((*lines, b"", body))
