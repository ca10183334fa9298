"""An object whose one member is a long list of objects, read one by one: no step takes longer than its object does."""

import json
from collections.abc import Iterator
from typing import NoReturn

from jobproc.adapters.http.item_reader import ENDS, Item, ItemReader
from jobproc.adapters.http.json_rules import refusal
from jobproc.adapters.http.strict_json import NotJson, expect, parse_object, skip


def items_of(text: str, name: str, *, but_for: str, largest: int) -> Iterator[Item]:
    """The items of a list, from the one member `name` of the object that the text is.

    Not JSON, or an item with NUL: `NotJson`; JSON of another shape, or nested too deeply: `InvalidInput`. What refuses
    one item is not raised, but stands in its place, as it does for one of more than `largest` characters. `but_for` is
    the member in which items differ most often.
    """
    try:
        at = _first_item(text, name, largest)
        separator = ","
        if text.startswith("]", at):
            separator, at = "]", at + 1
        reader = ItemReader(text, but_for, largest)
        while separator == ",":
            item, end = reader.read(skip(text, at))
            yield item
            at = expect(text, end, ",]")
            separator = text[at - 1]
        _check_end(text, name, at, largest)
    except json.JSONDecodeError:
        raise NotJson("The body is not valid JSON.") from None
    except RecursionError:
        raise refusal("too_deep", "The body is nested too deeply.") from None


def _first_item(text: str, name: str, largest: int) -> int:
    """Where the first item begins, or the end of a list without any."""
    begin = skip(text, 0)
    if not text.startswith("{", begin) or _is_empty(text, begin):
        _refuse_shape(text, name, largest)
    found, at = ENDS.raw_decode(text, skip(text, begin + 1))
    if found != name:
        _refuse_shape(text, name, largest)
    at = skip(text, expect(text, at, ":"))
    if not text.startswith("[", at):
        _refuse_shape(text, name, largest, name)
    return skip(text, at + 1)


def _is_empty(text: str, begin: int) -> bool:
    return text.startswith("}", skip(text, begin + 1))


def _check_end(text: str, name: str, at: int, largest: int) -> None:
    if text[expect(text, at, ",}") - 1] == ",":
        _refuse_shape(text, name, largest)
    if skip(text, expect(text, at, "}")) != len(text):
        raise json.JSONDecodeError("something follows the object", text, at)


def _refuse_shape(text: str, name: str, largest: int, member: str | None = None) -> NoReturn:
    # What is no JSON at all, or refused wherever it stands, is told so, unless looking would take long.
    if len(text) <= largest:
        parse_object(text)
    raise refusal("shape", f'Send an object with the one member "{name}", a list.', member)
