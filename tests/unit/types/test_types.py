"""Annotations decide what an operation takes and gives, exactly as JSON knows it."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from typing_extensions import TypedDict

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.domain.errors import ConfigurationError, InvalidInput
from jobproc.domain.operations import Operation

types = PydanticTypes()


@dataclass
class Point:
    x: int
    y: int = 0


class Named(TypedDict):
    name: str


class Model(BaseModel):
    values: list[int]


def taking(annotation: Any, result: Any = Any) -> Operation:
    """An operation of these types."""

    def function(data: Any) -> Any:
        return data

    function.__annotations__ = {"data": annotation, "return": result}
    return Operation("function", function)


@pytest.mark.parametrize("data", ['["1"]', "[true]", "[1.0]", "[null]", "{}", "1", "null", '"[1]"', "[[1]]"])
def test_integers_are_integers_and_nothing_else(data: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        types.check(taking(list[int]), data)
    assert refusal.value.code == "invalid-data"


@pytest.mark.parametrize("data", ["[]", "[1,2,3]", f"[{10**999}]", f"[-{10**999}]", "[0]"])
def test_integers_of_any_size_are_taken(data: str) -> None:
    types.check(taking(list[int]), data)
    assert types.read(taking(list[int]), data) == json.loads(data)


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        (Point, '{"x":1}', '{"x":"1"}'),
        (Named, '{"name":"ada"}', '{"name":1}'),
        (Model, '{"values":[1]}', '{"values":[1.5]}'),
        (dict[str, float], '{"a":1.5}', '{"a":"1"}'),
        (str | None, "null", "1"),
        (bool, "true", "1"),
    ],
)
def test_other_types_are_checked_as_strictly(annotation: Any, good: str, bad: str) -> None:
    types.check(taking(annotation), good)
    with pytest.raises(InvalidInput):
        types.check(taking(annotation), bad)


def test_a_fault_points_to_its_place_without_the_value() -> None:
    with pytest.raises(InvalidInput) as refusal:
        types.check(taking(dict[str, list[int]]), '{"a/b~c":[1,"canary"]}')
    [fault] = refusal.value.faults
    assert fault.pointer == "/data/a~1b~0c/1"
    assert "canary" not in f"{fault}{refusal.value.detail}"


def test_of_very_many_faults_the_first_hundred_are_told_and_how_many_there_are() -> None:
    data = json.dumps([{"x": "1", "y": 1}] * 20_000)
    with pytest.raises(InvalidInput, match=r"the first 100 faults of 20000\.") as refusal:
        types.check(taking(list[Point]), data)
    assert [fault.pointer for fault in refusal.value.faults] == [f"/data/{place}/x" for place in range(100)]
    assert {fault.code for fault in refusal.value.faults} == {"int_type"}


def test_data_is_revived_as_the_annotation_says() -> None:
    assert types.read(taking(Point), '{"x":1,"y":2}') == Point(1, 2)


def test_without_an_annotation_everything_that_is_json_goes() -> None:
    types.check(taking(Any), '{"a":[1,null,"x"]}')
    assert types.write(taking(Any), {"a": [1, None, "x"]}) == '{"a":[1,null,"x"]}'


@pytest.mark.parametrize(
    ("annotation", "result", "text"),
    [
        (int, 10**999, str(10**999)),
        (Point, Point(1, 2), '{"x":1,"y":2}'),
        (Model, Model(values=[1]), '{"values":[1]}'),
        (str, "é😀", '"é😀"'),
        (dict[str, int], {"a": 1}, '{"a":1}'),
        (type(None), None, "null"),
        (float, 1.5, "1.5"),
        (str, "\\u0000", '"\\\\u0000"'),
    ],
)
def test_a_result_of_the_return_type_becomes_json(annotation: Any, result: Any, text: str) -> None:
    assert types.write(taking(Any, annotation), result) == text


@pytest.mark.parametrize(
    ("annotation", "result"),
    [
        (int, "1"),
        (int, True),
        (int, None),
        (float, float("nan")),
        (Any, float("inf")),
        (Any, [float("nan")]),
        (dict[str, Any], {"a": float("nan")}),
        (Any, "\ud800"),
        (Any, "a\0b"),
        (Any, object()),
        (Any, {1, 2}),
        (Any, b"\xff"),
        pytest.param(Any, 10**4301, id="too many digits"),
        (dict[str, int], {1: 1}),
    ],
)
def test_a_result_that_is_not_of_its_type_or_not_json_is_refused(annotation: Any, result: Any) -> None:
    with pytest.raises(InvalidInput) as refusal:
        types.write(taking(Any, annotation), result)
    assert refusal.value.code == "invalid-result"


def test_a_result_that_holds_itself_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(InvalidInput):
        types.write(taking(Any), endless)


def test_schemas_say_their_dialect() -> None:
    schemas = types.schemas(taking(list[int], int))
    assert schemas.input == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "array",
        "items": {"type": "integer"},
    }
    assert schemas.output["type"] == "integer"


def test_a_type_without_a_schema_is_refused_by_name() -> None:
    class Opaque:
        pass

    with pytest.raises(ConfigurationError, match="'function'"):
        types.schemas(taking(Opaque))
