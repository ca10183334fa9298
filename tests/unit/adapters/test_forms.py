"""Forms from schemas: what people fill in becomes the JSON that a program would have sent, and back."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, TypeAdapter

from jobproc.adapters.http.ui.faults import by_field
from jobproc.adapters.http.ui.fields import Kind, field_of
from jobproc.adapters.http.ui.filled import fill, read
from jobproc.adapters.http.ui.pretty import pretty
from jobproc.domain.errors import Fault, InvalidInput


class Color(StrEnum):
    """Three of them."""

    RED = "red"
    BLUE = "blue"


@dataclass
class Inner:
    """Something inside."""

    size: float
    names: list[str]


class Order(BaseModel):
    """An order."""

    number: int = Field(ge=1, le=9, description="Of the shelf.")
    inner: Inner
    color: Color = Color.BLUE
    note: str | None = None
    urgent: bool = False
    maybe: bool | None = None
    parts: list[int] = []
    odd: dict[str, int] | list[str] = {}


def form_of(annotation: Any) -> Any:
    return field_of(TypeAdapter(annotation).json_schema())


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (int, Kind.NUMBER),
        (float, Kind.NUMBER),
        (str, Kind.TEXT),
        (bool, Kind.CHOICE),
        (list[int], Kind.NUMBERS),
        (list[str], Kind.LINES),
        (list[list[int]], Kind.JSON),
        (tuple[int, str], Kind.JSON),
        (dict[str, int], Kind.JSON),
        (Literal["a", "b"], Kind.CHOICE),
        (Color, Kind.CHOICE),
        (int | str, Kind.JSON),
        (int | None, Kind.NUMBER),
        (Order, Kind.GROUP),
        (Any, Kind.JSON),
    ],
)
def test_each_type_is_asked_for_in_its_way(annotation: Any, kind: Kind) -> None:
    assert form_of(annotation).kind is kind


def test_the_fields_of_an_object_are_named_by_their_pointers_and_say_what_they_take() -> None:
    fields = {each.pointer: each for each in form_of(Order).members}
    assert list(fields) == [f"/data/{name}" for name in Order.model_fields]
    number = fields["/data/number"]
    assert (number.label, number.required) == ("Number", True)
    assert number.hint == "Of the shelf. A whole number. At least 1. At most 9."
    assert [each.pointer for each in fields["/data/inner"].members] == [
        "/data/inner/size",
        "/data/inner/names",
    ]
    assert fields["/data/color"].initial == '"blue"'


@pytest.mark.parametrize(
    ("annotation", "hint"),
    [
        (list[list[int]], "JSON, such as [[1]]"),
        (list[Inner], 'JSON, such as [{"size": 1.5, "names": ["text"]}]'),
        (tuple[int, str], 'JSON, such as [1, "text"]'),
        (dict[str, Color], 'JSON, such as {"name": "red"}'),
        (int | str, 'JSON, such as 1 or "text"'),
        (Any, "JSON."),
        (list[Order], "JSON, such as"),
    ],
)
def test_what_is_asked_for_as_json_shows_what_it_looks_like(annotation: Any, hint: str) -> None:
    assert form_of(annotation).hint.startswith(hint)


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, ""),
        (Annotated[str, Field(max_length=1000)], ""),
        (Annotated[str, Field(max_length=50)], "text"),
        (date, "date"),
        (datetime, "text"),
    ],
)
def test_a_short_text_is_asked_for_in_a_line(annotation: Any, kind: str) -> None:
    assert form_of(annotation).input == kind


def test_a_form_is_read_as_a_program_would_have_sent_it() -> None:
    form = {
        "/data/number": " 7 ",
        "/data/inner/size": "1e3",
        "/data/inner/names": "a\n\nb, c\n",
        "/data/urgent": "true",
        "/data/color": '"red"',
        "/data/parts": "1,2\n3; 4",
    }
    text = read(form_of(Order), form)
    assert text is not None
    assert json.loads(text) == {
        "number": 7,
        "inner": {"size": 1e3, "names": ["a", "", "b, c"]},
        "color": "red",
        "urgent": True,
        "parts": [1, 2, 3, 4],
    }
    Order.model_validate_json(text, strict=True)


@pytest.mark.parametrize("text", ["x", "1.", "0x1", "NaN", "1_000", '1, "a": 2', "01", "--1", "1}", "٣"])
def test_what_is_no_number_travels_as_text_for_the_type_to_refuse(text: str) -> None:
    found = read(form_of(int), {"/data": text})
    assert found is not None
    assert json.loads(found) == text.strip()


@pytest.mark.parametrize("text", ["{", "1, 2", '{"a": 1} x', "'a'", "[" * 100_000])
def test_what_is_no_json_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        read(form_of(Any), {"/data": text})
    assert [fault.pointer for fault in refusal.value.faults] == ["/data"]


@settings(max_examples=30)
@given(st.lists(st.integers(-(10**40), 10**40)))
def test_every_list_of_numbers_is_filled_in_and_read_back_exactly(numbers: list[int]) -> None:
    field, text = form_of(list[int]), json.dumps(numbers)
    form = fill(field, text)
    assert form is not None
    assert json.loads(read(field, form) or "") == numbers


@pytest.mark.parametrize("number", ["12345678901234567890.123456789012345678901", "1e400", "-0.0", "1E+2"])
def test_every_number_keeps_its_digits(number: str) -> None:
    field = form_of(float)
    form = fill(field, number)
    assert form == {"/data": number}
    assert read(field, form) == number
    assert pretty(f'{{"a": [{number}]}}') == f'{{"a": [{number}]}}'


@pytest.mark.parametrize(
    ("annotation", "text"),
    [
        (list[str], '["two\\nlines"]'),
        (list[int], "{}"),
        (Order, '{"number": 1}x'[:-1] + ""),
        (str, '"a\\r\\nb"'),
    ],
)
def test_what_a_form_has_no_room_for_is_left_to_json(annotation: Any, text: str) -> None:
    form = fill(form_of(annotation), text)
    assert form is None or json.loads(read(form_of(annotation), form) or "") == json.loads(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=5) | st.dictionaries(st.text(max_size=5), inside, max_size=5),
    max_leaves=20,
)


@settings(max_examples=30)
@given(JSON)
def test_pretty_json_is_the_same_json(value: Any) -> None:
    assert json.loads(pretty(json.dumps(value))) == value


def test_long_lists_of_numbers_within_others_are_shown_in_lines_that_fit() -> None:
    value = {"numbers": list(range(1000))}
    shown = pretty(json.dumps(value))
    assert max(map(len, shown.splitlines())) <= 80
    assert json.loads(shown) == value


def test_no_text_turns_the_json_around_it_back_to_front() -> None:
    value = {"name\u2066": "user\u202etxt.exe", "hebrew": "שלום"}
    shown = pretty(json.dumps(value))
    assert "\u202e" not in shown
    assert "\u2066" not in shown
    assert "שלום" in shown
    assert json.loads(shown) == value


def test_a_fault_is_told_at_the_nearest_field() -> None:
    faults = [
        Fault("/data/number", "x", "Too large."),
        Fault("/data/parts/2", "x", "No number."),
        Fault("/data/odd/dict/a", "x", "Not that."),
        Fault("/priority", "x", "Too high."),
        Fault("/operation", "x", "Unknown."),
    ]
    told = by_field(form_of(Order), InvalidInput("", faults=faults))
    assert told == {
        "/data/number": ["Too large."],
        "/data/parts": ["Number 3: No number."],
        "/data/odd": ["Dict, a: Not that."],
        "/priority": ["Too high."],
        "": ["operation: Unknown."],
    }
