"""JSON as RFC 8259 means it, narrowed to what every later reader understands in the same way.

The standard decoder lets pass what others refuse or read differently: a name twice, NaN, `1e400`, half of a surrogate
pair. Each is refused here, so that no later part has to.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from jobproc.domain.errors import Fault, InvalidInput, JobprocError

MOST_DIGITS = 1000

_SPACE = re.compile(r"[ \t\n\r]*")
_LONG_EXPONENT = re.compile(r"[eE]\+?\d{3}")
_WINDOW = 100
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_NUL = r"\u0000"


class NotJson(JobprocError):
    """A body that no JSON reader takes, or that holds NUL."""

    code = "not-json"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object: its value, and the text that it was read from."""

    value: Any
    text: str


def parse_object(text: str) -> dict[str, Member]:
    """The members of the one object that the text is.

    Not JSON, or with NUL: `NotJson`. JSON that is refused all the same, or no object: `InvalidInput`.
    """
    try:
        members = _members(text)
        _refuse_nul(text, members)
        _refuse_surrogates(text, members)
    except json.JSONDecodeError:
        raise NotJson("The body is not valid JSON.") from None
    except RecursionError:
        raise _refused("too_deep", "The body is nested too deeply.") from None
    return members


def _members(text: str) -> dict[str, Member]:
    decoder = _CAREFUL if _may_hold_a_large_number(text) else _QUICK
    start = skip(text, 0)
    if text[start : start + 1] != "{":
        decoder.decode(text)
        raise _refused("object", "The body must be a JSON object.")
    pairs = list(_pairs(text, start + 1, decoder))
    _refuse_twice(pairs)
    return dict(pairs)


def _may_hold_a_large_number(text: str) -> bool:
    """Whether a number may be beyond what is allowed; all other texts are spared a call for each number.

    A run of 199 digits fills one of the windows, so what is let pass is below 10^199 · 10^99, which a float can hold.
    """
    windows = (text[at : at + _WINDOW] for at in range(0, len(text), _WINDOW))
    return any(map(str.isdigit, windows)) or _LONG_EXPONENT.search(text) is not None


def _pairs(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[tuple[str, Member]]:
    at = skip(text, at)
    separator = ","
    if text[at : at + 1] == "}":
        separator, at = "}", at + 1
    while separator == ",":
        name, at = decoder.raw_decode(text, skip(text, at))
        if not isinstance(name, str):
            raise json.JSONDecodeError("a name was expected", text, at)
        begin = skip(text, expect(text, at, ":"))
        value, end = decoder.raw_decode(text, begin)
        yield name, Member(value, text[begin:end])
        at = expect(text, end, ",}")
        separator = text[at - 1]
    if skip(text, at) != len(text):
        raise json.JSONDecodeError("something follows the object", text, at)


def expect(text: str, at: int, wanted: str) -> int:
    """The place behind the next character, which is one of these; else `json.JSONDecodeError`."""
    at = skip(text, at)
    if text[at : at + 1] not in tuple(wanted):
        raise json.JSONDecodeError(f"one of {wanted} was expected", text, at)
    return at + 1


def skip(text: str, at: int) -> int:
    """The next place without white space."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    _refuse_twice(pairs)
    return dict(pairs)


def _refuse_twice(pairs: Sequence[tuple[str, Any]]) -> None:
    if len(pairs) != len(dict(pairs)):
        raise _refused("duplicate_key", "An object has a member twice.")


def _refuse_constant(_: str) -> NoReturn:
    raise _refused("finite_number", "NaN and Infinity are not numbers in JSON.")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _refused("finite_number", "A number is too large.")
    return number


def _int(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise _refused("int_too_long", f"An integer has more than {MOST_DIGITS} digits.")
    return int(digits)


def _refuse_nul(text: str, members: dict[str, Member]) -> None:
    if _NUL in text and _holds_nul({name: member.value for name, member in members.items()}):
        raise NotJson("The body holds a NUL character.")


def _refuse_surrogates(text: str, members: dict[str, Member]) -> None:
    if not _SURROGATE.search(text):
        return
    try:
        json.dumps({name: member.value for name, member in members.items()}, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _refused("unicode", "A string holds half of a surrogate pair.") from None


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(name) or _holds_nul(member) for name, member in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))


def _refused(code: str, detail: str) -> InvalidInput:
    return InvalidInput(detail, faults=[Fault("", code, detail)])


_QUICK = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_refuse_constant)
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_float, parse_int=_int
)
