"""What people have filled in, as JSON text; and JSON text, as something to fill in.

What is no number where one is asked for travels as a string, so that it is the operation's type that refuses it.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from jobproc.adapters.http.raw_json import array_of, object_of
from jobproc.adapters.http.ui.fields import Field, Kind
from jobproc.adapters.http.ui.pretty import pretty
from jobproc.domain.errors import Fault, InvalidInput

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_BETWEEN = re.compile(r"[\s,;]+")


def read(field: Field, form: Mapping[str, str]) -> str | None:
    """The value of a field as JSON text; None where it is left out. What should be JSON and is not: `InvalidInput`."""
    if field.kind is Kind.GROUP:
        members = {each.name: read(each, form) for each in field.members}
        return object_of({name: text for name, text in members.items() if text is not None})
    if field.kind is Kind.SWITCH:
        return "true" if form.get(field.pointer) else "false"
    given = form.get(field.pointer, "")
    if not given.strip() and not (field.required and field.kind in _TAKE_NOTHING):
        return "null" if field.required and field.nullable else None
    return _read_given(field, given)


# An empty text and an empty list are values like others.
_TAKE_NOTHING = (Kind.TEXT, Kind.LINES, Kind.NUMBERS)


def _read_given(field: Field, given: str) -> str:
    match field.kind:
        case Kind.NUMBER:
            return _number(given.strip())
        case Kind.NUMBERS:
            return array_of(_number(each) for each in _BETWEEN.split(given) if each)
        case Kind.LINES:
            return array_of(json.dumps(line) for line in given.rstrip("\n").split("\n") if given.strip())
        case Kind.TEXT:
            return json.dumps(given)
        case _:
            return _json(field.pointer, given)


def _number(text: str) -> str:
    return text if _NUMBER.fullmatch(text) else json.dumps(text)


def _json(pointer: str, text: str) -> str:
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        detail = f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}."
    except RecursionError:
        detail = "This is nested too deeply."
    else:
        return text
    raise InvalidInput("The form does not fit.", faults=[Fault(pointer, "not-json", detail)])


def fill(field: Field, text: str) -> dict[str, str] | None:
    """The form filled in with a value, so that reading it gives the same; None where the form has no room for it."""
    value = _exact(text)
    values = _fill(field, value)
    if values is None or (again := read(field, values)) is None:
        return None
    return values if _exact(again) == _completed(field, value) else None


class _Digits(str):
    """A number as it was written."""

    __slots__ = ()


def _fill(field: Field, value: Any) -> dict[str, str] | None:
    if field.kind is Kind.GROUP:
        return _fill_group(field, value)
    shown = _shown(field.kind, value)
    return None if shown is None else {field.pointer: shown}


def _fill_group(field: Field, value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    values: dict[str, str] = {}
    for each in field.members:
        filled = _fill(each, value[each.name]) if each.name in value else _left_out(each)
        if filled is None:
            return None
        values |= filled
    return values


def _left_out(field: Field) -> dict[str, str]:
    return {field.pointer: field.initial if field.kind is Kind.SWITCH else ""}


def _shown(kind: Kind, value: Any) -> str | None:
    match kind, value:
        case (Kind.NUMBER, _Digits()) | (Kind.TEXT, str()):
            return str(value)
        case Kind.NUMBERS, list() if all(isinstance(each, _Digits) for each in value):
            return " ".join(value)
        case Kind.LINES, list() if all(isinstance(each, str) and "\n" not in each for each in value):
            return "\n".join(value)
        case Kind.SWITCH, bool():
            return "true" if value else ""
        case ((Kind.CHOICE | Kind.JSON), _):
            return pretty(_text(value))
        case _, None:
            return ""
    return None


def _text(value: Any) -> str:
    match value:
        case _Digits():
            return str(value)
        case list():
            return array_of(map(_text, value))
        case dict():
            return object_of({name: _text(each) for name, each in value.items()})
    return json.dumps(value, ensure_ascii=False)


def _completed(field: Field, value: Any) -> Any:
    """With the defaults of the switches that it leaves out, since a form always says where they stand."""
    if field.kind is not Kind.GROUP or not isinstance(value, dict):
        return value
    defaults = {each.name: each.initial == "true" for each in field.members if each.kind is Kind.SWITCH}
    given = {each.name: _completed(each, value[each.name]) for each in field.members if each.name in value}
    return defaults | value | given


def _exact(text: str) -> Any:
    return json.loads(text, parse_int=_Digits, parse_float=_Digits)
