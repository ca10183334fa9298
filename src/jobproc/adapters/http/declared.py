"""What the description says of headers, and of the calls that an answer leads to."""

from typing import Any

_TEXTS = {
    "ETag": ("A name of this state, for `If-None-Match`.", {"type": "string"}),
    "Location": ("Where it is from now on.", {"type": "string", "format": "uri-reference"}),
    "Link": ('The next page, `<…>; rel="next"`; without it this is the last.', {"type": "string"}),
    "Retry-After": ("Seconds after which it is worth asking again.", {"type": "integer", "minimum": 0}),
    "Idempotent-Replayed": (
        "An earlier request of the same key made it.",
        {"type": "string", "const": "true"},
    ),
    "Preference-Applied": ("`wait=n`, when the answer was waited for.", {"type": "string"}),
    "RateLimit": ('Requests and seconds left, such as `"submit";r=59;t=41`.', {"type": "string"}),
    "RateLimit-Policy": ('What holds for them, such as `"submit";q=60;w=60`.', {"type": "string"}),
    "WWW-Authenticate": ("How to log in.", {"type": "string", "const": "Bearer"}),
}


def headers(*names: str) -> dict[str, Any]:
    """These headers of an answer; each may be left out."""
    return {"headers": {name: {"description": _TEXTS[name][0], "schema": _TEXTS[name][1]} for name in names}}


def header(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A header that a request may have, of a call that reads it by hand."""
    return {
        "name": name,
        "in": "header",
        "required": False,
        "description": description,
        "schema": schema,
    }


def path_parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A part of the path, of a call that reads it by hand."""
    return {"name": name, "in": "path", "required": True, "schema": schema}


def links(parameter: str, **operations: str) -> dict[str, Any]:
    """Calls, each by its operation's id, that take the `id` of the answer as that parameter."""
    return {
        "links": {
            name: {"operationId": operation, "parameters": {parameter: "$response.body#/id"}}
            for name, operation in operations.items()
        }
    }
