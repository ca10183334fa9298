"""A list comes to the same as its items by themselves, though what is written alike in them is read once."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobproc.adapters.http.item_reader import STRETCH, Item
from jobproc.adapters.http.long_lists import items_of
from jobproc.adapters.http.strict_json import NotJson, parse_object
from jobproc.domain.errors import InvalidInput

LONG = f"[{'1,' * STRETCH}1]"
befores = st.sampled_from(
    [
        '{"data":',
        '{"operation": "add", "data": ',
        '{"operation": "add", "data":',
        '{ "a":1,"data" :',
        '{"\\u0064ata":',
    ]
)
datas = st.sampled_from(
    [
        *("1", "-0", "1.50", "1e22", "1e999", "NaN", "7" * 1200, '"}"', '"\\"}"', '"é"', " 1", "[ 1, 2]"),
        *('"\\ud83d\\ude00"', '"\\ud83d"', '"\\u0000"', '{"a":1,"a":2}', '1,"data":2', '1,"b":2', "1}", "["),
        LONG,
    ]
)
afters = st.sampled_from(["}", " }", ',"b":2}', ',"data":3}', ', "tags" : [ ] }'])
items = st.tuples(befores, datas, afters).map("".join) | datas.map("[{}]".format)

# The text of each member, or the code and the place of each fault.
Read = Mapping[str, str] | list[tuple[str, str]]


@given(
    st.lists(items, max_size=6),
    st.sampled_from([",", ", ", " ,\n"]),
    st.sampled_from([1, 150]),
    st.sampled_from([30, 1_000_000]),
)
@example(['{"data":1}', '{"data":1,"data":2}', '{"data":1}'], ",", 1, 1_000_000)
@example(['{"data":1}', '{"x":1}', '{"data":2}'], ",", 1, 1_000_000)
@example(['{"data":1}', f'{{"data":{LONG},"b":2}}', '{"data":2}'], ",", 1, 1_000_000)
def test_each_item_is_read_as_it_is_by_itself(
    texts: list[str], between: str, times: int, largest: int
) -> None:
    text = f'{{"jobs":[{between.join(texts * times)}]}}'
    try:
        wanted = [by_itself(each, largest) for each in texts] * times
    except NotJson:
        with pytest.raises(NotJson):
            as_items(text, largest)
    else:
        assert as_items(text, largest) == wanted


def test_of_items_that_are_written_alike_all_but_one_member_is_read_once() -> None:
    first, *others = read(['{"data": 7,"b":2}'] * 1000)
    assert isinstance(first, dict)
    assert others == ["7"] * 999


def test_items_are_written_alike_whatever_white_space_stands_before_that_member() -> None:
    _, *others = read(['{"data":1}', '{"data": 2}', '{"data":  3}', '{"data":4}'])
    assert others == ["2", "3", "4"]


def test_after_an_item_that_is_refused_the_next_one_is_read_as_a_whole() -> None:
    kinds = [type(item) for item in read(['{"data":1}', '{"data":2}', "[3]", '{"data":4}', '{"data":5}'])]
    assert kinds == [dict, str, InvalidInput, dict, str]


def read(texts: list[str]) -> list[Item]:
    return list(items_of(f'{{"jobs":[{",".join(texts)}]}}', "jobs", but_for="data", largest=1_000_000))


def by_itself(text: str, largest: int) -> Read:
    if len(text) > largest and is_json(text):
        return [("too_large", "")]
    try:
        return {name: member.text for name, member in parse_object(text).items()}
    except InvalidInput as error:
        return told(error)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def as_items(text: str, largest: int) -> list[Read]:
    found: list[Read] = []
    last: Mapping[str, str] = {}
    for item in items_of(text, "jobs", but_for="data", largest=largest):
        match item:
            case InvalidInput():
                found.append(told(item))
                continue
            case str():
                last = {**last, "data": item}
            case _:
                last = {name: member.text for name, member in item.items()}
        found.append(last)
    return found


def told(error: InvalidInput) -> list[tuple[str, str]]:
    return [(fault.code, fault.pointer) for fault in error.faults]
