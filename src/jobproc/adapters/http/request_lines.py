"""Every request is seen: what was asked, by whom, and how it went."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from jobproc.adapters.http.routing import template_of
from jobproc.application.ports import Sight

# A path that no route has is somebody's own: it names no series.
NO_ROUTE = "none"
LONGEST_PATH = 200
METHODS = {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}
# Who asked is gone before there was an answer; as nginx has it.
GONE = 499


class RequestLines:
    """Tells the application's `Sight` of every request once its answer is through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or "application" not in scope.get("state", {}):
            await self._app(scope, receive, send)
            return
        began, status = time.perf_counter(), GONE

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        finally:
            _tell(scope["state"]["application"].sight, scope, status, time.perf_counter() - began)


def _tell(sight: Sight, scope: Scope, status: int, seconds: float) -> None:
    state = scope["state"]
    state["route"] = template_of(scope) or NO_ROUTE
    sight.saw(
        "request.served",
        request=state.get("request_id"),
        user=state.get("user_id"),
        method=scope["method"] if scope["method"] in METHODS else NO_ROUTE,
        route=state["route"],
        path=scope["path"][:LONGEST_PATH],
        status=status,
        seconds=round(seconds, 6),
    )
