"""Operations as lines of text."""

import inspect

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.domain.operations import Operation
from jobproc.entrypoints.operations import load_operations


def list_operations(modules: list[str]) -> None:
    """Print a line for each operation: its name, the type of its data, the type of its result, what it does."""
    for operation in sorted(load_operations(modules, PydanticTypes()).values(), key=lambda each: each.name):
        print(f"{operation.name}({_types(operation)}  {operation.summary}")


def _types(operation: Operation) -> str:
    signature = operation.signature()
    data, result = (inspect.formatannotation(each) for each in (signature.data, signature.result))
    return f"{data}) -> {result}"
