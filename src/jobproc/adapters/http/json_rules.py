"""What JSON may hold here, beyond its grammar; each rule gives the value or raises `InvalidInput`.

The standard decoder lets pass what others refuse or read differently: a name twice, NaN, `1e400`, half of a surrogate
pair. Each is refused here, so that no later part has to.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from jobproc.adapters.http.flat_lists import FlatListDecoder
from jobproc.domain.errors import Fault, InvalidInput, pointer_to

MOST_DIGITS = 1000

# One for each letter: to look for one of two takes twenty times as long.
_LONG_EXPONENTS = re.compile(r"e\+?\d{3}"), re.compile(r"E\+?\d{3}")
_WINDOWS = re.compile(r".{100}", re.DOTALL)
HALF_OF_A_PAIR = Fault("", "unicode", "A string holds half of a surrogate pair.")
T = TypeVar("T")
Rule = Callable[[T], Any]


@dataclass(frozen=True, slots=True)
class Decoders:
    """For texts whose numbers need no look, and for all others."""

    quick: json.JSONDecoder
    careful: json.JSONDecoder

    def of(self, text: str) -> json.JSONDecoder:
        """The one for this text."""
        return self.careful if _may_hold_a_large_number(text) else self.quick


def decoders(kept: Callable[[Rule[Any]], Rule[Any]] = lambda rule: rule) -> Decoders:
    """They keep the rules, or what `kept` makes of each."""
    members, constants = kept(object_of), kept(_constant)
    return Decoders(
        FlatListDecoder(object_pairs_hook=members, parse_constant=constants),
        json.JSONDecoder(
            object_pairs_hook=members,
            parse_constant=constants,
            parse_float=kept(_float),
            parse_int=kept(_int),
        ),
    )


def _may_hold_a_large_number(text: str) -> bool:
    """Whether a number may be beyond what is allowed; all other texts are spared a call for each number.

    A run of 199 digits fills one of the windows, so what is let pass is below 10^199 · 10^99, which a float can hold.
    """
    is_long = any(map(str.isdigit, _WINDOWS.findall(text)))
    return is_long or any(each.search(text) for each in _LONG_EXPONENTS)


def is_whole(text: str) -> bool:
    """Whether a string has no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def object_of(pairs: Sequence[tuple[str, T]]) -> dict[str, T]:
    """The members of an object; one twice: `InvalidInput`."""
    members = dict(pairs)
    if len(members) < len(pairs):
        _refuse_twice(pairs)
    return members


def refusal(code: str, detail: str, member: str | None = None) -> InvalidInput:
    """Of a value as a whole, or of one member of it."""
    return InvalidInput(
        detail, faults=[Fault(pointer_to(member) if member is not None else "", code, detail)]
    )


def _refuse_twice(pairs: Sequence[tuple[str, object]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise refusal("duplicate_key", "An object has a member twice.", name if is_whole(name) else None)
        names.add(name)


def _constant(_: str) -> NoReturn:
    raise refusal("finite_number", "NaN and Infinity are not numbers in JSON.")


def _float(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise refusal("finite_number", "A number is too large.")
    return number


def _int(digits: str) -> int:
    if len(digits.lstrip("-")) > MOST_DIGITS:
        raise refusal("int_too_long", f"An integer has more than {MOST_DIGITS} digits.")
    return int(digits)
