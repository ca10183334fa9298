"""JSON as RFC 8259 means it, narrowed to what every later reader understands in the same way."""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from jobproc.adapters.http.json_faults import SURROGATE, faults_in
from jobproc.adapters.http.json_rules import HALF_OF_A_PAIR, decoders, object_of, refusal
from jobproc.domain.errors import InvalidInput, JobprocError

# Of the body itself; what is within them may have as many as it likes.
MOST_MEMBERS = 100
_SPACE = re.compile(r"[ \t\n\r]*")
# A name, its colon and the space around them in one step; a name with an escape takes several.
_NAME = re.compile(r'[ \t\n\r]*"([^"\\\x00-\x1f]*)"[ \t\n\r]*:[ \t\n\r]*')
_STRICT = decoders()
_NUL = r"\u0000"
# The value that begins at a place of a text, and where it ends; none there: `json.JSONDecodeError`; one that a rule
# refuses: `InvalidInput`.
Scan = Callable[[str, int], tuple[Any, int]]


class NotJson(JobprocError):
    """A body that no JSON reader takes, or that holds NUL."""

    code = "not-json"


class Member(NamedTuple):
    """A member of an object: its value, the text that it was read from, and where that begins."""

    value: Any
    text: str
    at: int


def parse_object(text: str) -> dict[str, Member]:
    """The members of the one object that the text is.

    Not JSON, or with NUL: `NotJson`. JSON that is refused all the same, or no object: `InvalidInput`.
    """
    try:
        return _parse(text)
    except json.JSONDecodeError:
        raise NotJson("The body is not valid JSON.") from None
    except RecursionError:
        raise refusal("too_deep", "The body is nested too deeply.") from None


def scan_of(text: str) -> Scan | None:
    """What reads the short values of a text; None when each has to be looked through for what may not be in it."""
    is_plain = _NUL not in text and not SURROGATE.search(text)
    return _STRICT.of(text).raw_decode if is_plain else None


def _parse(text: str) -> dict[str, Member]:
    try:
        members = _members(text)
        _refuse_nul(text, members)
        _refuse_surrogates(text, members)
    except InvalidInput as error:
        raise InvalidInput(error.detail, faults=faults_in(text) or error.faults) from None
    return members


def _members(text: str) -> dict[str, Member]:
    decoder = _STRICT.of(text)
    start = skip(text, 0)
    if text[start : start + 1] != "{":
        decoder.decode(text)
        raise refusal("object", "The body must be a JSON object.")
    members, end = members_at(text, start, decoder.raw_decode)
    if skip(text, end) != len(text):
        raise json.JSONDecodeError("something follows the object", text, end)
    return members


def members_at(text: str, at: int, scan: Scan) -> tuple[dict[str, Member], int]:
    """The members of the object that begins there, and where it ends.

    None there: `json.JSONDecodeError`; what is refused all the same, such as a member twice: `InvalidInput`.
    """
    at = expect(text, at, "{")
    pairs: list[tuple[str, Member]] = []
    at = skip(text, at)
    separator = ","
    if text[at : at + 1] == "}":
        separator, at = "}", at + 1
    while separator == ",":
        name, begin = _name(text, at, scan)
        value, end = scan(text, begin)
        pairs.append((name, Member(value, text[begin:end], begin)))
        if len(pairs) > MOST_MEMBERS:
            raise refusal("too_many_members", f"The body has more than {MOST_MEMBERS} members.")
        at = expect(text, end, ",}")
        separator = text[at - 1]
    return object_of(pairs), at


def _name(text: str, at: int, scan: Scan) -> tuple[str, int]:
    """The name of the member that begins there, and where its value begins."""
    if plain := _NAME.match(text, at):
        return plain[1], plain.end()
    name, at = scan(text, skip(text, at))
    if not isinstance(name, str):
        raise json.JSONDecodeError("a name was expected", text, at)
    return name, skip(text, expect(text, at, ":"))


def expect(text: str, at: int, wanted: str) -> int:
    """The place behind the next character, which is one of these; else `json.JSONDecodeError`."""
    at = skip(text, at)
    if at >= len(text) or text[at] not in wanted:
        raise json.JSONDecodeError(f"one of {wanted} was expected", text, at)
    return at + 1


def skip(text: str, at: int) -> int:
    """The next place without white space."""
    # Most texts have none, or one between two values, and this sees so in half of the time.
    if text[at : at + 1] > " ":
        return at
    if text[at : at + 1] == " " < text[at + 1 : at + 2]:
        return at + 1
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _refuse_nul(text: str, members: dict[str, Member]) -> None:
    if _NUL in text and _holds_nul({name: member.value for name, member in members.items()}):
        raise NotJson("The body holds a NUL character.")


def _refuse_surrogates(text: str, members: dict[str, Member]) -> None:
    if not SURROGATE.search(text):
        return
    try:
        json.dumps({name: member.value for name, member in members.items()}, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise InvalidInput(HALF_OF_A_PAIR.detail, faults=[HALF_OF_A_PAIR]) from None


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(name) or _holds_nul(member) for name, member in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
