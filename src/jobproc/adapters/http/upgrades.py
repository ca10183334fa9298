"""Requests that offer to go on in another protocol, such as HTTP/2: they are answered as what they are.

The parser takes what follows such a head for the other protocol: the body would be lost, or be a request of its own.
"""

from collections.abc import Iterable
from typing import Any

import httptools

FRAMING = {b"content-length", b"transfer-encoding"}


def parser_of(listener: object) -> httptools.HttpRequestParser:
    """As uvicorn sets it up."""
    parser = httptools.HttpRequestParser(listener)
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def parser_behind(head: Iterable[tuple[bytes, bytes]], protocol: Any) -> httptools.HttpRequestParser:
    """A parser for what follows the head of these headers, which the protocol has heard already."""
    listener = _Behind(protocol)
    parser = parser_of(listener)
    lines = [name + b": " + value for name, value in head if name in FRAMING]
    parser.feed_data(b"\r\n".join((b"POST / HTTP/1.1", *lines, b"", b"")))
    listener.is_behind = True
    return parser


class _Behind:
    """Passes on what a parser says, but not again what was said of the head."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self.is_behind = False
        self.on_body = protocol.on_body
        self.on_message_complete = protocol.on_message_complete

    def on_message_begin(self) -> None:
        """Of the next request."""
        if self.is_behind:
            self._protocol.on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Of the next request."""
        if self.is_behind:
            self._protocol.on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Of the next request, or behind the body of this one."""
        if self.is_behind:
            self._protocol.on_header(name, value)

    def on_headers_complete(self) -> None:
        """Of the next request."""
        if self.is_behind:
            self._protocol.on_headers_complete()
