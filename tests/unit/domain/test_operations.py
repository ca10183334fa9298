"""Functions become operations, and a registry knows each name once."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from jobproc import Context, operation
from jobproc.domain.errors import ConfigurationError, Fault, InvalidInput
from jobproc.domain.operations import Operation, OperationRegistry, operations_in


def one(data: list[int]) -> int:
    """Take the first.

    And nothing else.
    """
    return data[0]


def with_context(data: str, context: Context) -> str:
    return f"{data}{context.attempt}"


def marked(**settings: Any) -> Operation:
    return operation_of(operation(**settings)(lambda data: data))


def operation_of(function: Callable[..., Any]) -> Operation:
    module = ModuleType("module")
    vars(module)["found"] = function
    [found] = operations_in(module)
    return found


def test_a_marked_function_stays_a_function() -> None:
    assert operation(one) is one
    assert one([3]) == 3


def test_a_bare_mark_means_the_functions_name_and_the_defaults() -> None:
    found = operation_of(operation(one))
    assert (found.name, found.timeout, found.max_attempts, found.retry_on) == ("one", 300.0, 3, ())
    assert found.summary == "Take the first."


def test_a_module_may_hold_other_things_beside_its_operations() -> None:
    module = ModuleType("module")
    vars(module).update(number=1, kind=int, plain=lambda: None, found=operation(one))
    assert [each.name for each in operations_in(module)] == ["one"]


def test_settings_go_with_the_mark() -> None:
    found = operation_of(operation(name="first", timeout=1, max_attempts=9, retry_on=(OSError,))(one))
    assert (found.name, found.timeout, found.max_attempts) == ("first", 1, 9)
    assert found.retries(ConnectionError())
    assert not found.retries(ValueError())


@pytest.mark.parametrize(
    "settings",
    [
        {"name": ""},
        {"name": "a\nb"},
        {"name": "x" * 101},
        {"timeout": 0.05},
        {"timeout": 86_401},
        {"timeout": float("nan")},
        {"max_attempts": 0},
        {"max_attempts": 101},
        {"retry_on": [OSError]},
        {"retry_on": ("OSError",)},
        {"retry_on": (OSError, 1)},
    ],
)
def test_settings_out_of_bounds_are_refused_where_they_stand(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="Operation"):
        marked(**settings)


@pytest.mark.parametrize(
    "settings",
    [
        {"name": "x" * 100},
        {"timeout": 0.1},
        {"timeout": 86_400},
        {"max_attempts": 1},
        {"max_attempts": 100},
        {"retry_on": (BaseException,)},
    ],
)
def test_settings_at_their_bounds_are_taken(settings: dict[str, Any]) -> None:
    [(setting, value)] = settings.items()
    assert getattr(marked(**settings), setting) == value


def test_examples_are_kept_as_the_json_that_a_user_would_send() -> None:
    assert marked(examples=[[1, 2], "é", {"a": None}]).examples == ("[1, 2]", '"é"', '{"a": null}')
    assert marked().examples == ()


@pytest.mark.parametrize("example", [float("nan"), float("inf"), {1, 2}])
def test_an_example_that_nobody_could_send_is_refused_where_it_stands(example: object) -> None:
    with pytest.raises(ConfigurationError, match=r"^Operation 'first': an example is not JSON: "):
        marked(name="first", examples=[1, example])


def test_a_function_without_a_parameter_is_no_operation() -> None:
    with pytest.raises(ConfigurationError, match="parameter"):
        operation(lambda: None)


def test_the_signature_tells_the_types_and_where_the_context_goes() -> None:
    signature = operation_of(operation(with_context)).signature()
    assert (signature.data, signature.result, signature.context) == (str, str, "context")
    assert operation_of(operation(one)).signature().context is None


def test_missing_annotations_mean_anything() -> None:
    signature = marked(name="free").signature()
    assert (signature.data, signature.result) == (Any, Any)


def test_an_unknown_annotation_is_refused_by_name() -> None:
    def strange(data: Any) -> None: ...

    strange.__annotations__["data"] = "Unheard"
    with pytest.raises(ConfigurationError, match=r"'strange'.*Unheard"):
        operation_of(operation(strange)).signature()


def test_two_functions_of_one_name_are_refused_and_both_are_named() -> None:
    with pytest.raises(
        ConfigurationError, match=r"'one': \S+test_operations\.one and \S+test_operations\.with_context\."
    ):
        OperationRegistry([Operation("one", one), Operation("one", with_context)])


def test_one_function_may_come_twice() -> None:
    assert list(OperationRegistry([Operation("one", one), Operation("one", one)])) == ["one"]


def test_an_unknown_name_is_refused_with_all_that_are_known() -> None:
    registry = OperationRegistry([Operation("b", one), Operation("a", one)])
    with pytest.raises(InvalidInput, match=r"Unsupported operation\. Supported operations: a, b") as refusal:
        registry.named("c")
    assert refusal.value.code == "unknown-operation"
    assert refusal.value.faults == (Fault("/operation", "unknown-operation", refusal.value.detail),)
