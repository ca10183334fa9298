"""JSON text for eyes: lines and indents, while every number keeps its digits."""

import json
from typing import Any

WIDTH = 64


class _Number(str):
    """The digits as they were sent."""

    __slots__ = ()


def pretty(text: str) -> str:
    """The same value; what fits into a line stays in one."""
    try:
        value = json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except (ValueError, RecursionError):
        return text
    return _written(value, "")


def _written(value: Any, indent: str) -> str:
    line = _in_line(value)
    if len(line) + len(indent) <= WIDTH or not isinstance(value, list | dict):
        return line
    if isinstance(value, list) and all(isinstance(each, _Number) for each in value):
        return _wrapped(value, indent)
    deeper = indent + "  "
    if isinstance(value, list):
        items = [_written(each, deeper) for each in value]
        return _block("[", items, "]", indent)
    items = [f"{_string(name)}: {_written(each, deeper)}" for name, each in value.items()]
    return _block("{", items, "}", indent)


def _block(opening: str, items: list[str], closing: str, indent: str) -> str:
    return f"{opening}\n" + ",\n".join(f"{indent}  {each}" for each in items) + f"\n{indent}{closing}"


def _wrapped(numbers: list[str], indent: str) -> str:
    """As many numbers in a line as fit."""
    lines, line = [], ""
    for each in numbers:
        if line and len(indent) + len(line) + len(each) + 4 > WIDTH:
            lines.append(line)
            line = ""
        line += f"{', ' if line else ''}{each}"
    return _block("[", [*lines, line], "]", indent)


def _in_line(value: Any) -> str:
    match value:
        case _Number():
            return str(value)
        case list():
            return f"[{', '.join(map(_in_line, value))}]"
        case dict():
            return f"{{{', '.join(f'{_string(name)}: {_in_line(each)}' for name, each in value.items())}}}"
        case _:
            return _string(value)


def _string(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
