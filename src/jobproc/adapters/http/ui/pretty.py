"""JSON text for eyes: lines and indents, while every number keeps its digits."""

import json
import re
from typing import Any

WIDTH = 64
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


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
        # Numbers alone need no lines of ours: they break where the screen ends.
        return _wrapped(value, indent) if indent else line
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
    """What would turn the text around it back to front is written as its code."""
    return _TURNS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
