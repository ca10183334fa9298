"""Paths that mean the same with and without a slash at their end."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter


class EitherSlashRouter(APIRouter):
    """Answers both spellings of each path without a redirect; the docs show the one that was written."""

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add the path and its twin."""
        super().add_api_route(path, endpoint, **options)
        twin = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        super().add_api_route(twin, endpoint, **options | {"include_in_schema": False})
