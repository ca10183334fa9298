"""A short way to the calls that are made most: past the framework's routing and injection, not past anything of ours.

The router knows the same endpoints, which take nothing but the request.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.routing import compile_path
from starlette.types import ASGIApp, Receive, Scope, Send

from jobproc.adapters.http.errors import Presenter, refusal_of
from jobproc.domain.errors import JobprocError

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class QuickRoute:
    """A call; a part of its path in braces may be anything without a slash."""

    method: str
    path: str
    endpoint: Endpoint


class QuickLane:
    """Answers these calls itself, in both spellings of their paths, and passes all else on."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[QuickRoute], present: Presenter) -> None:
        self._app = app
        self._routes = [(compile_path(f"{each.path}/")[0], each) for each in routes]
        self._present = present

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        route = self._route_of(scope) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["route"] = route
        request = Request(scope, receive, send)
        try:
            answer = await route.endpoint(request)
        except (JobprocError, RequestValidationError) as error:
            answer = self._present(request, refusal_of(request, error))
        await answer(scope, receive, send)

    def _route_of(self, scope: Scope) -> QuickRoute | None:
        path = scope["path"] if scope["path"].endswith("/") else f"{scope['path']}/"
        for spelled, route in self._routes:
            if scope["method"] == route.method and (found := spelled.match(path)):
                scope["path_params"] = found.groupdict()
                return route
        return None
