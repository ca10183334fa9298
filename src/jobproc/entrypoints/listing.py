"""Operations as lines of text, or as JSON."""

import inspect

from pydantic_settings import BaseSettings, SettingsConfigDict

from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.application.catalogue import DescribeOperations
from jobproc.domain.operations import Operation
from jobproc.entrypoints.operations import load_operations
from jobproc.entrypoints.settings import PREFIX


class _Modules(BaseSettings):
    """The one setting that this needs: the others may be wrong or missing."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore")

    operations: str = ""


def list_operations(modules: str | None, *, as_json: bool) -> None:
    """Print a line for each operation: its name, the type of its data, the type of its result, what it does."""
    named = _Modules().operations if modules is None else modules
    types = PydanticTypes()
    known = load_operations(named.split(","), types)
    if as_json:
        # As the service shows them; only who wants that loads what it is made of.
        from jobproc.adapters.http.raw_json import array_of
        from jobproc.adapters.http.v1.operations import show_operation

        print(array_of(map(show_operation, DescribeOperations(known, types)())))
        return
    for operation in sorted(known.values(), key=lambda each: each.name):
        print(f"{operation.name}({_types(operation)}  {operation.summary}")


def _types(operation: Operation) -> str:
    signature = operation.signature()
    data, result = (inspect.formatannotation(each) for each in (signature.data, signature.result))
    return f"{data}) -> {result}"
