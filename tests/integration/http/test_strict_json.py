"""The strict reader agrees with the standard one, and keeps each member's own text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.adapters.http.flat_lists import WORTHWHILE, FlatListDecoder
from jobproc.adapters.http.strict_json import NotJson, parse_object
from jobproc.domain.errors import InvalidInput, JobprocError

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(texts, values, max_size=5)


@given(objects, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_every_object_reads_as_the_standard_library_reads_it(
    wanted: dict[str, object], indent: int | str | None, ascii_only: bool
) -> None:
    members = parse_object(json.dumps(wanted, indent=indent, ensure_ascii=ascii_only))
    assert {name: member.value for name, member in members.items()} == wanted
    assert {name: json.loads(member.text) for name, member in members.items()} == wanted


@given(objects)
def test_the_text_of_a_member_is_what_stands_there(wanted: dict[str, object]) -> None:
    text = json.dumps(wanted, indent=2)
    for member in parse_object(text).values():
        assert member.text in text
        assert member.text == member.text.strip()


spaces = st.text(" \t\r\n", max_size=2)
written = st.sampled_from(
    ["1e22", "1.10", "-0", '"\\u00e9\\/"', "[ 1,2 ]", '{"a" :{}}', "null"]
) | values.map(json.dumps)


@given(st.dictionaries(texts, st.tuples(spaces, spaces, spaces, written, spaces), max_size=5))
def test_the_text_of_a_member_is_exactly_what_its_sender_wrote(parts: dict[str, tuple[str, ...]]) -> None:
    members = [
        f"{before}{json.dumps(name)}{around}:{between}{text}{after}"
        for name, (before, around, between, text, after) in parts.items()
    ]
    read = parse_object(f"{{{','.join(members)}}}")
    assert {name: member.text for name, member in read.items()} == {
        name: part[3] for name, part in parts.items()
    }


@given(st.text() | st.text(st.sampled_from('{}[]":,1e-.\\u0dnulltrue \n')))
def test_anything_is_read_or_refused(text: str) -> None:
    try:
        members = parse_object(text)
    except JobprocError:
        return
    assert {name: member.value for name, member in members.items()} == json.loads(text)


def read_beside(other: str, data: str) -> object:
    """The data, or how it is refused, where something else follows it."""
    try:
        return parse_object(f'{{"data":{data},"other":"{other}"}}')["data"]
    except JobprocError as error:
        return error.code, error.detail, getattr(error, "faults", ())


@given(st.lists(values.map(json.dumps)), spaces)
def test_a_long_list_is_read_as_a_short_one(items: list[str], space: str) -> None:
    data = f"[{space}{f',{space}'.join(items)}{space}]"
    assert repr(read_beside("a" * WORTHWHILE, data)) == repr(read_beside("", data))


def test_a_long_list_of_numbers_does_not_wait_for_the_standard_decoder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    numbers = list(range(WORTHWHILE))
    text = json.dumps(numbers)
    monkeypatch.delattr(json.JSONDecoder, "raw_decode")
    assert FlatListDecoder().raw_decode(text) == (numbers, len(text))


NUMBERS = ["-0", "1E5", "1.50", "1e-400", "1e400", "9" * 198, "9" * 1001, "true", "null"]
STRINGS = [r'"\ud83d\ude00"', r'"\ud800"', r'"\u0000"', r'"\/"', r'"\x"', '"\t"', '"]"', '"{"', '"']
INSIDE = ["{}", '{"a":1,"a":2}', "[2]", "1]", "]", "{"]
WRONG = [
    "\ud800",
    '"\ud800"',
    "01",
    "1.",
    "-",
    "+1",
    "NaN",
    "-Infinity",
    "1,",
    ",1",
    "1 2",
    "\v1",
    "\xa01",
    "",
]


@pytest.mark.parametrize("item", [*NUMBERS, *STRINGS, *INSIDE, *WRONG])
def test_what_is_unusual_or_wrong_in_a_long_list_is_so_in_a_short_one(item: str) -> None:
    assert repr(read_beside("a" * WORTHWHILE, f"[{item}]")) == repr(read_beside("", f"[{item}]"))


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ('{"data":[1,NaN,{"x/y":[-Infinity]}]}', ["/data/1", "/data/2/x~1y/0"]),
        (f'{{"data":[1,{"9" * 1001},1e400]}}', ["/data/1", "/data/2"]),
        ('{"data":1,"data":2}', ["/data"]),
        ('{"data":[{"a":{"b":1,"b":2}}],"tags":NaN}', ["/data/0/a/b", "/tags"]),
        ('{"data":["\\ud800",{"\\udfff":1,"a":"\\udfff"}]}', ["/data/0", "/data/1", "/data/1/a"]),
        ('{"\\ud800":1,"\\ud800":2}', [""]),
        (f'{{"data":[{"NaN," * 500}1]}}', [f"/data/{place}" for place in range(100)]),
        (
            json.dumps({"data": {f"x{number}": [{"a": float("nan")}] for number in range(200)}}),
            [f"/data/x{number}/0/a" for number in range(100)],
        ),
        (f'{{"data":[{"[]," * 50_000}NaN]}}', [""]),
        ('["data"]', [""]),
    ],
)
def test_every_place_that_breaks_a_rule_is_pointed_to(text: str, places: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_object(text)
    assert [fault.pointer for fault in refused.value.faults] == places


def test_what_is_no_json_at_all_is_so_whatever_else_is_wrong() -> None:
    with pytest.raises(NotJson):
        parse_object('{"data":[NaN,')
