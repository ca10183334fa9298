"""An object whose one member is a long list, read item by item: no step takes longer than its item does."""

import json
from collections.abc import Iterator
from typing import NoReturn

from jobproc.adapters.http.strict_json import NotJson, expect, parse_object, skip
from jobproc.domain.errors import Fault, InvalidInput, pointer_to

# Most items end within the first look. Numbers are not of interest here, nor whether they can be one.
LOOKS = (4096, 65_536)
_ENDS = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


def items_of(text: str, name: str, *, largest: int) -> Iterator[str | InvalidInput]:
    """The text of each item, from the one member `name` of the object that the text is.

    Not JSON: `NotJson`; JSON of another shape: `InvalidInput`. An item of more characters than `largest` comes as the
    `InvalidInput` that refuses it. What is within an item is not judged.
    """
    try:
        at = _first_item(text, name, largest)
        separator = ","
        if text.startswith("]", at):
            separator, at = "]", at + 1
        while separator == ",":
            begin = skip(text, at)
            end = _end(text, begin, largest)
            yield text[begin:end] if end - begin <= largest else _too_large(largest)
            at = expect(text, end, ",]")
            separator = text[at - 1]
        _check_end(text, name, at, largest)
    except json.JSONDecodeError:
        raise NotJson("The body is not valid JSON.") from None
    except RecursionError:
        raise _refused("too_deep", "The body is nested too deeply.") from None


def _first_item(text: str, name: str, largest: int) -> int:
    """Where the first item begins, or the end of a list without any."""
    begin = skip(text, 0)
    if not text.startswith("{", begin) or _is_empty(text, begin):
        _refuse_shape(text, name, largest)
    found, at = _ENDS.raw_decode(text, skip(text, begin + 1))
    if found != name:
        _refuse_shape(text, name, largest)
    at = skip(text, expect(text, at, ":"))
    if not text.startswith("[", at):
        _refuse_shape(text, name, largest, pointer_to(name))
    return skip(text, at + 1)


def _is_empty(text: str, begin: int) -> bool:
    return text.startswith("}", skip(text, begin + 1))


def _end(text: str, begin: int, largest: int) -> int:
    """Where the value ends that begins there. Looks far only for what is long."""
    for look in (*LOOKS, largest + 1):
        window = text[begin : begin + look]
        try:
            _, end = _ENDS.raw_decode(window)
        except json.JSONDecodeError:
            continue
        # At the very end it may be the first half of a number.
        if end < len(window):
            return begin + end
    return _ENDS.raw_decode(text, begin)[1]


def _check_end(text: str, name: str, at: int, largest: int) -> None:
    if text[expect(text, at, ",}") - 1] == ",":
        _refuse_shape(text, name, largest)
    if skip(text, expect(text, at, "}")) != len(text):
        raise json.JSONDecodeError("something follows the object", text, at)


def _refuse_shape(text: str, name: str, largest: int, pointer: str = "") -> NoReturn:
    # What is no JSON at all, or refused wherever it stands, is told so, unless looking would take long.
    if len(text) <= largest:
        parse_object(text)
    raise _refused("shape", f'Send an object with the one member "{name}", a list.', pointer)


def _too_large(largest: int) -> InvalidInput:
    return _refused("too_large", f"One of them has at most {largest} characters.")


def _refused(code: str, detail: str, pointer: str = "") -> InvalidInput:
    return InvalidInput(detail, faults=[Fault(pointer, code, detail)])
