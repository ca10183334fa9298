"""What every request has, whatever it asks for: a name, a good host, headers of its answer, and somebody who sees it.

One layer and not one for each: a layer costs a call and a copy of the head, in the way of every request.
"""

import time

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobproc.adapters.http.answer_headers import missing_of
from jobproc.adapters.http.errors import Presenter, Refusal
from jobproc.adapters.http.hosts import Hosts
from jobproc.adapters.http.request_ids import HEADER, name_of
from jobproc.adapters.http.request_lines import GONE, RequestLines


class Frame:
    """Around all else: the answer to what nobody foresaw has it, too."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts, present: Presenter) -> None:
        self._app = app
        self._hosts = hosts
        self._present = present
        self._lines = RequestLines()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on under its name, or refuse it for its host."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), GONE
        name = name_of(scope["headers"])
        state = scope.setdefault("state", {})
        state["request_id"] = name.decode()
        # Set by who traces, further out.
        state.setdefault("traceparent", None)

        async def send_framed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = message.get("headers", ())
                message = {**message, "headers": [*own, *missing_of(scope, own), (HEADER, name)]}
            await send(message)

        try:
            await self._answer(scope, receive, send_framed)
        finally:
            self._lines.add(scope, status, time.perf_counter() - began)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if fault := self._hosts.fault_of(scope):
            answer = self._present(Request(scope), Refusal(400, "unknown-host", fault))
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)
