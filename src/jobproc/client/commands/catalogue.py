"""`jobproc operations --service`: what may be submitted there."""

from typing import Any

from jobproc.client.commands.leaving import leaving
from jobproc.client.commands.opening import open_client
from jobproc.client.commands.showing import print_json, printable

NAMES = {
    "integer": "int",
    "number": "float",
    "string": "str",
    "boolean": "bool",
    "null": "None",
    "object": "dict",
}


def list_operations(*, as_json: bool) -> None:
    """A line for each, as `jobproc operations` has them; or all that the service says of them."""
    with leaving(), open_client() as client:
        found = client.operations()
        if as_json:
            print_json([each.raw for each in found])
            return
        for each in found:
            types = f"({type_of(each.input_schema)}) -> {type_of(each.output_schema)}"
            print(printable(f"{each.name}{types}  {each.summary}"))  # noqa: T201


def type_of(schema: Any) -> str:
    """A JSON Schema in a word, as Python would say it."""
    match schema:
        case {"$ref": str(place)}:
            return place.rpartition("/")[2]
        case {"anyOf": list(choices)}:
            return " | ".join(map(type_of, choices))
        case {"type": "array", "items": items}:
            return f"list[{type_of(items)}]"
        case {"type": "object", "title": str(title)}:
            return title
        case {"type": "object", "additionalProperties": dict(values)}:
            return f"dict[str, {type_of(values)}]"
        case {"type": str(name)}:
            return NAMES.get(name, name)
        case _:
            return "Any"
