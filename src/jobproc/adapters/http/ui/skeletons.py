"""What JSON of a schema looks like, for whoever has to write it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Schema = Mapping[str, Any]
# What is longer is no help.
LONGEST = 120
DEEPEST = 4
_SIMPLE = {"string": '"text"', "integer": "1", "number": "1.5", "boolean": "true", "null": "null"}


def skeleton(schema: Schema, shared: Schema) -> str:
    """A value of that shape, or two where there is a choice; empty where it may be anything or would be long."""
    ways = [_written(each, shared, DEEPEST) for each in schema.get("anyOf", (schema,))]
    text = " or ".join(dict.fromkeys(filter(None, ways)))
    return text if len(text) <= LONGEST else ""


def resolved(schema: Schema, shared: Schema) -> Schema:
    """With what it refers to in its place; what stands beside the reference comes first."""
    while "$ref" in schema:
        target = shared.get(str(schema["$ref"]).rpartition("/")[2], {})
        schema = {**target, **{name: value for name, value in schema.items() if name != "$ref"}}
    return schema


def _written(schema: Schema, shared: Schema, depth: int) -> str:
    schema = resolved(schema, shared)
    if depth == 0:
        return "…"
    for name in ("const", "default"):
        if schema.get(name):
            return json.dumps(schema[name], ensure_ascii=False)
    if schema.get("enum"):
        return json.dumps(schema["enum"][0], ensure_ascii=False)
    if schema.get("anyOf"):
        return _written(schema["anyOf"][0], shared, depth)
    match schema.get("type"):
        case "array":
            return _list(schema, shared, depth - 1)
        case "object":
            return _object(schema, shared, depth - 1)
        case simple:
            return _SIMPLE.get(str(simple), "")


def _list(schema: Schema, shared: Schema, depth: int) -> str:
    kinds: Sequence[Schema] = schema.get("prefixItems") or [schema.get("items") or {}]
    items = [_written(each, shared, depth) or "…" for each in kinds]
    return f"[{', '.join(items)}]"


def _object(schema: Schema, shared: Schema, depth: int) -> str:
    needed = schema.get("required", ())
    members = {name: each for name, each in schema.get("properties", {}).items() if name in needed}
    if not members:
        members = {"name": schema.get("additionalProperties") or {}}
        if members["name"] is True:
            members["name"] = {}
    written = (
        f"{json.dumps(name)}: {_written(each, shared, depth) or '…'}" for name, each in members.items()
    )
    return f"{{{', '.join(written)}}}"
