"""A form from a JSON Schema: which fields it has. A field's name is the JSON pointer of its value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jobproc.adapters.http.ui.skeletons import Schema, resolved, skeleton
from jobproc.domain.errors import pointer_to

# What is nested more deeply is easier to write than to fill in.
DEEPEST = 4


class Kind(StrEnum):
    """How a value is asked for."""

    NUMBER = "number"
    TEXT = "text"
    NUMBERS = "numbers"
    LINES = "lines"
    CHOICE = "choice"
    SWITCH = "switch"
    GROUP = "group"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """One value of a form. `choices` are JSON texts; `initial` is what the form starts with.

    `input` is the type of input that a text fits into; empty where it may need lines.
    """

    pointer: str
    kind: Kind
    label: str
    required: bool
    nullable: bool = False
    hint: str = ""
    initial: str = ""
    input: str = ""
    choices: tuple[str, ...] = ()
    members: tuple["Field", ...] = field(default=())

    @property
    def name(self) -> str:
        """The member of its object that it is."""
        return self.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")


def field_of(schema: Schema, label: str = "Data") -> Field:
    """The form of a whole schema."""
    return _field(schema, schema.get("$defs", {}), "/data", label, required=True, depth=0)


def _field(schema: Schema, shared: Schema, pointer: str, label: str, *, required: bool, depth: int) -> Field:
    schema = resolved(schema, shared)
    schema, nullable = _without_null(schema, shared)
    kind = _kind(schema, shared) if depth < DEEPEST else Kind.JSON
    members = _members(schema, shared, pointer, depth) if kind is Kind.GROUP else ()
    return Field(
        pointer=pointer,
        kind=kind,
        label=str(schema.get("title") or label),
        required=required,
        nullable=nullable,
        hint=_hint(schema, shared, kind),
        initial=_initial(schema, kind),
        input=_input(schema),
        choices=tuple(json.dumps(each, ensure_ascii=False) for each in _choices(schema)),
        members=members,
    )


def _members(schema: Schema, shared: Schema, pointer: str, depth: int) -> tuple[Field, ...]:
    needed = schema.get("required", ())
    return tuple(
        _field(each, shared, pointer + pointer_to(name), name, required=name in needed, depth=depth + 1)
        for name, each in schema["properties"].items()
    )


def _without_null(schema: Schema, shared: Schema) -> tuple[Schema, bool]:
    """The schema of a value that is there, and whether null may stand for none."""
    ways = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    nullable = len(ways) < len(schema.get("anyOf", ()))
    if nullable and len(ways) == 1:
        outer = {name: value for name, value in schema.items() if name != "anyOf"}
        return {**resolved(ways[0], shared), **outer}, True
    return schema, False


def _kind(schema: Schema, shared: Schema) -> Kind:
    if _choices(schema):
        return Kind.CHOICE
    match schema.get("type"):
        case "integer" | "number":
            return Kind.NUMBER
        case "string":
            return Kind.TEXT
        case "boolean":
            return Kind.SWITCH
        case "array" if "prefixItems" not in schema:
            return _kind_of_list(resolved(schema.get("items", {}), shared))
        case "object" if schema.get("properties") and not schema.get("additionalProperties"):
            return Kind.GROUP
    return Kind.JSON


def _kind_of_list(items: Schema) -> Kind:
    if _choices(items):
        return Kind.JSON
    kinds = {"integer": Kind.NUMBERS, "number": Kind.NUMBERS, "string": Kind.LINES}
    return kinds.get(str(items.get("type")), Kind.JSON)


def _choices(schema: Schema) -> Sequence[Any]:
    # A switch stands somewhere; where nothing may be said there are three ways.
    if schema.get("type") == "boolean" and not isinstance(schema.get("default"), bool):
        return [True, False]
    return [schema["const"]] if "const" in schema else schema.get("enum", ())


# A line of the form holds about as many characters.
LONGEST_LINE = 100


def _input(schema: Schema) -> str:
    if schema.get("format") == "date":
        return "date"
    is_short = schema.get("maxLength", LONGEST_LINE + 1) <= LONGEST_LINE or "format" in schema
    return "text" if schema.get("type") == "string" and is_short else ""


def _hint(schema: Schema, shared: Schema, kind: Kind) -> str:
    said = str(schema.get("description", "")).partition("\n\n")[0].replace("\n", " ")
    return " ".join(filter(None, (said, _how(schema, shared, kind), _bounds(schema))))


def _how(schema: Schema, shared: Schema, kind: Kind) -> str:
    match kind:
        case Kind.NUMBERS:
            return "Numbers, with spaces, commas or line breaks between them."
        case Kind.LINES:
            return "One in each line."
        case Kind.JSON:
            like = skeleton(schema, shared)
            return f"JSON, such as {like}" if like else "JSON."
        case Kind.NUMBER:
            return "A whole number." if schema["type"] == "integer" else "A number."
    return ""


_BOUNDS = {
    "minimum": "At least {}.",
    "maximum": "At most {}.",
    "exclusiveMinimum": "More than {}.",
    "exclusiveMaximum": "Less than {}.",
    "multipleOf": "A multiple of {}.",
    "minLength": "At least {} characters.",
    "maxLength": "At most {} characters.",
    "minItems": "At least {} of them.",
    "maxItems": "At most {} of them.",
    "pattern": "It matches {}.",
}
_FORMATS = {
    "date-time": "A time with its zone, such as 2026-01-31T12:00:00Z.",
    "time": "A time, such as 12:30:00.",
}


def _bounds(schema: Schema) -> str:
    said = [_said(words, schema[name]) for name, words in _BOUNDS.items() if name in schema]
    form = schema.get("format", "date")
    # A date has an input that knows how one is written; a pair has as many as its parts.
    form_said = [] if form == "date" else [_FORMATS.get(form, f"As {form}.")]
    return " ".join(form_said + ([] if "prefixItems" in schema else said))


def _said(words: str, number: object) -> str:
    said = words.format(number)
    return said.replace("characters", "character") if number == 1 else said


def _initial(schema: Schema, kind: Kind) -> str:
    """The default, where there is one that says something, as the field shows it."""
    if schema.get("type") == "null":
        return "null"
    default = schema.get("default")
    if default is None or kind is Kind.GROUP:
        return ""
    if kind is Kind.TEXT:
        return str(default)
    if kind is Kind.LINES:
        return "\n".join(map(str, default))
    if kind is Kind.NUMBERS:
        return " ".join(json.dumps(each) for each in default)
    return json.dumps(default, ensure_ascii=False)
