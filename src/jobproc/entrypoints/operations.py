"""Which operations this process knows: built-in, of installed packages, and of the modules that are set."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.metadata import entry_points
from types import ModuleType

from jobproc.application.ports import OperationTypes
from jobproc.domain import sums
from jobproc.domain.errors import ConfigurationError, InvalidInput, JobprocError
from jobproc.domain.operations import Operation, OperationRegistry, operations_in

GROUP = "jobproc.operations"


def load_operations(modules: Iterable[str], types: OperationTypes) -> OperationRegistry:
    """Import everything and refuse what cannot work: a missing module, a name twice, a type without a schema."""
    registry = OperationRegistry(found for module in _modules(modules) for found in operations_in(module))
    for operation in registry.values():
        types.schemas(operation)
        _check_examples(operation, types)
    return registry


def _check_examples(operation: Operation, types: OperationTypes) -> None:
    for example in operation.examples:
        try:
            types.check(operation, example)
        except InvalidInput as error:
            [fault, *_] = error.below("")
            raise ConfigurationError(
                f"Operation {operation.name!r}: the example {example} does not fit: {fault.detail}"
            ) from error


def _modules(names: Iterable[str]) -> Iterator[ModuleType]:
    yield sums
    for installed in entry_points(group=GROUP):
        yield _import(installed.module, f"Entry point {installed.name!r} of group {GROUP!r}")
    for name in filter(None, map(str.strip, names)):
        yield _import(name, "JOBPROC_OPERATIONS")


def _import(name: str, wanted_by: str) -> ModuleType:
    try:
        return import_module(name)
    except JobprocError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise ConfigurationError(f"{wanted_by}: cannot import {name!r}: {reason}") from error
