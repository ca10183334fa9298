"""Paths that mean the same with and without a slash at their end."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.types import Scope


def template_of(scope: Scope) -> str | None:
    """The path as its route was written, with the prefixes of its routers, in one spelling; None without a route."""
    # The route itself knows nothing of the routers that it was included by.
    route = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    path: str | None = getattr(route, "path_format", None) or getattr(route, "path", None)
    return path and (path.rstrip("/") or "/")


class EitherSlashRouter(APIRouter):
    """Answers both spellings of each path without a redirect; the docs show the one that was written."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add the path and its twin."""
        super().add_api_route(path, endpoint, **options)
        twin = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        super().add_api_route(twin, endpoint, **options | {"include_in_schema": False})
