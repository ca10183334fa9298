"""A name for every request, so that one search finds its answer, its lines in the log and its rows."""

import re
import secrets
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = b"x-request-id"
_GOOD = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class RequestIds:
    """Takes over the client's own `X-Request-Id` or makes one, and sends it back with every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its name."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = name_of(scope["headers"])
        state = scope.setdefault("state", {})
        state["request_id"] = name.decode()
        # Set by who traces, further out.
        state.setdefault("traceparent", None)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), (HEADER, name)]}
            await send(message)

        await self._app(scope, receive, send_named)


def name_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The client's own name for a request with these headers, where it is a good one, else a new one."""
    given = [value for header, value in headers if header == HEADER]
    is_good = len(given) == 1 and _GOOD.fullmatch(given[0])
    return given[0] if is_good else secrets.token_hex(8).encode()
