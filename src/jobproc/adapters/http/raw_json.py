"""Answers put together from JSON texts, so that data and results leave exactly as they came."""

import json
from collections.abc import Iterable, Mapping

from fastapi import Response


def object_of(members: Mapping[str, str]) -> str:
    """An object from the texts of its members."""
    return f"{{{','.join(f'{json.dumps(name)}:{text}' for name, text in members.items())}}}"


def array_of(items: Iterable[str]) -> str:
    """An array from the texts of its items."""
    return f"[{','.join(items)}]"


def json_answer(text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The text as it is."""
    return Response(text, status, headers, "application/json")
