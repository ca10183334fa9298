"""Operations: plain functions that a job may name, and the registry of those a process knows."""

import inspect
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType, ModuleType
from typing import Any, Protocol, TypeVar, get_type_hints, overload, runtime_checkable
from uuid import UUID

from jobproc.domain.errors import ConfigurationError, Fault, InvalidInput

DEFAULT_TIMEOUT_SECONDS = 300.0
DEFAULT_MAX_ATTEMPTS = 3
_ATTRIBUTE = "__jobproc_operation__"


@runtime_checkable
class Context(Protocol):
    """What an operation may know of its job, and say while it runs."""

    @property
    def job_id(self) -> UUID:
        """The job that runs."""

    @property
    def attempt(self) -> int:
        """Which attempt this is, from 1."""

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Report how far the work is; `message` has at most 200 characters."""


Function = Callable[..., Any]
F = TypeVar("F", bound=Function)


@dataclass(frozen=True, slots=True)
class Operation:
    """A function with a name and the rules of its attempts.

    `timeout` is in seconds for each attempt; `retry_on` lists the exceptions that are worth another attempt;
    `examples` are data that it takes, as JSON text.
    """

    name: str
    function: Function
    timeout: float = DEFAULT_TIMEOUT_SECONDS
    max_attempts: int = DEFAULT_MAX_ATTEMPTS
    retry_on: tuple[type[BaseException], ...] = ()
    examples: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of the docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[2].strip()

    def retries(self, error: BaseException) -> bool:
        """Whether another attempt is worth it after `error`."""
        return isinstance(error, self.retry_on)

    def signature(self) -> "Signature":
        """The types of the data and of the result, and where a context goes."""
        return _signature(self.function, self.name)


@dataclass(frozen=True, slots=True)
class Signature:
    """`context` is the name of the parameter that takes the `Context`, if any; missing annotations are `Any`."""

    data: Any
    result: Any
    context: str | None


@overload
def operation(function: F, /) -> F: ...
@overload
def operation(
    *,
    name: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    max_attempts: int = DEFAULT_MAX_ATTEMPTS,
    retry_on: tuple[type[BaseException], ...] = (),
    examples: Sequence[Any] = (),
) -> Callable[[F], F]: ...
def operation(
    function: Any = None,
    /,
    *,
    name: str | None = None,
    timeout: float = DEFAULT_TIMEOUT_SECONDS,
    max_attempts: int = DEFAULT_MAX_ATTEMPTS,
    retry_on: tuple[type[BaseException], ...] = (),
    examples: Sequence[Any] = (),
) -> Any:
    """Mark a function as an operation; it stays an ordinary function.

    Its first parameter is the job's data and its annotation the input type; a parameter annotated `Context` is
    optional. `examples` are data for whoever wants to try it; the start checks that they fit. Wrong settings raise
    `ConfigurationError` where the function is defined.
    """

    def mark(marked: F) -> F:
        named = marked.__name__ if name is None else name
        found = Operation(named, marked, float(timeout), max_attempts, retry_on, _texts(named, examples))
        _check(found)
        setattr(marked, _ATTRIBUTE, found)
        return marked

    return mark(function) if function is not None else mark


def operations_in(module: ModuleType) -> list[Operation]:
    """The operations that a module defines or imports, in the order of their definition."""
    found = (getattr(value, _ATTRIBUTE, None) for value in vars(module).values() if callable(value))
    return [each for each in found if isinstance(each, Operation)]


class OperationRegistry(Mapping[str, Operation]):
    """The operations that a process knows, by name. Two different functions of one name are refused."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        known: dict[str, Operation] = {}
        for each in operations:
            first = known.setdefault(each.name, each)
            if first.function is not each.function:
                raise ConfigurationError(_same_name(first, each))
        self._known = MappingProxyType(known)

    def __getitem__(self, name: str) -> Operation:
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)

    def named(self, name: str) -> Operation:
        """The operation of that name; unknown: `InvalidInput` that lists what there is."""
        if name not in self._known:
            supported = ", ".join(sorted(self._known))
            detail = f"Unsupported operation. Supported operations: {supported}"
            fault = Fault("/operation", "unknown-operation", detail)
            raise InvalidInput(detail, code="unknown-operation", faults=[fault])
        return self._known[name]


def _same_name(first: Operation, second: Operation) -> str:
    places = " and ".join(
        f"{each.function.__module__}.{each.function.__qualname__}" for each in (first, second)
    )
    return f"Two operations are named {first.name!r}: {places}. Give one of them another name."


def _check(found: Operation) -> None:
    if not found.name or len(found.name) > 100 or not found.name.isprintable():
        raise ConfigurationError(f"Operation name {found.name!r}: use 1 to 100 printable characters.")
    if not 0.1 <= found.timeout <= 86_400:
        raise ConfigurationError(f"Operation {found.name!r}: timeout must be 0.1 to 86400 seconds.")
    if not 1 <= found.max_attempts <= 100:
        raise ConfigurationError(f"Operation {found.name!r}: max_attempts must be 1 to 100.")
    if not _are_exceptions(found.retry_on):
        raise ConfigurationError(f"Operation {found.name!r}: retry_on must be a tuple of exception types.")
    if not list(inspect.signature(found.function).parameters):
        raise ConfigurationError(f"Operation {found.name!r}: the function needs a parameter for the data.")


def _texts(name: str, examples: Sequence[Any]) -> tuple[str, ...]:
    try:
        return tuple(json.dumps(each, allow_nan=False, ensure_ascii=False) for each in examples)
    except (TypeError, ValueError) as error:
        raise ConfigurationError(f"Operation {name!r}: an example is not JSON: {error}.") from error


def _are_exceptions(found: object) -> bool:
    return isinstance(found, tuple) and all(
        isinstance(each, type) and issubclass(each, BaseException) for each in found
    )


@cache
def _signature(function: Function, name: str) -> Signature:
    """Found once: every attempt asks for it, and to find it costs as much as a short job."""
    try:
        hints = get_type_hints(function, include_extras=True)
    except NameError as error:
        raise ConfigurationError(f"Operation {name!r}: an annotation is unknown: {error}.") from error
    first, *others = inspect.signature(function).parameters
    context = next((each for each in others if hints.get(each) is Context), None)
    return Signature(hints.get(first, Any), hints.get("return", Any), context)
