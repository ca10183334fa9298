"""A short way to the calls that are made most: past the framework's routing and injection, not past anything of ours.

The router knows the same endpoints, which take nothing but the request.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from jobproc.adapters.http.errors import Presenter, refusal_of
from jobproc.domain.errors import JobprocError

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class QuickRoute:
    """A path without parameters, posted to."""

    path: str
    endpoint: Endpoint


class QuickLane:
    """Answers posts to these paths itself, and passes all else on."""

    def __init__(self, app: ASGIApp, *, endpoints: Mapping[str, Endpoint], present: Presenter) -> None:
        self._app = app
        self._routes = {
            spelled: QuickRoute(path, endpoint)
            for path, endpoint in endpoints.items()
            for spelled in (path, f"{path}/")
        }
        self._present = present

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        route = self._routes.get(scope["path"]) if scope.get("method") == "POST" else None
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
