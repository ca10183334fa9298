"""The annotations of operations at work, through pydantic's `TypeAdapter`."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import ConfigDict, PydanticUserError, TypeAdapter, ValidationError

from jobproc.application.ports import Schemas
from jobproc.domain.errors import ConfigurationError, Fault, InvalidInput, pointer_to
from jobproc.domain.operations import Operation

_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")
MOST_FAULTS = 100
_READER = json.JSONDecoder()
DIALECT = {"$schema": "https://json-schema.org/draft/2020-12/schema"}


@dataclass(frozen=True, slots=True)
class _Adapters:
    data: TypeAdapter[Any]
    result: TypeAdapter[Any]


class PydanticTypes:
    """Plain types, dataclasses, `TypedDict`s and pydantic models; strict, as JSON knows them."""

    def check(self, operation: Operation, data: str) -> None:
        """Refuse data that is not of the input type: `InvalidInput` with a fault for each wrong place."""
        try:
            _adapters(operation).data.validate_json(data, strict=True)
        except ValidationError as error:
            told = "The data does not fit the operation."
            if error.error_count() > MOST_FAULTS:
                told += f" These are the first {MOST_FAULTS} faults of {error.error_count()}."
            raise InvalidInput(told, code="invalid-data", faults=list(_faults(error))) from None

    def read(self, operation: Operation, data: str) -> Any:
        """JSON text as a value of the input type."""
        return _adapters(operation).data.validate_json(data, strict=True)

    def write(self, operation: Operation, result: Any) -> str:
        """A result as JSON text; not of the return type, or not JSON: `InvalidInput`."""
        try:
            plain = _plain(operation, result)
            text = json.dumps(plain, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
            text.encode()
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidInput(_reason(error), code="invalid-result") from None
        if _NUL.search(text):
            raise InvalidInput("The result holds a NUL character.", code="invalid-result")
        return text

    def schemas(self, operation: Operation) -> Schemas:
        """JSON Schema 2020-12 of the data and of the result."""
        adapters = _adapters(operation)
        return Schemas(
            DIALECT | adapters.data.json_schema(mode="validation"),
            DIALECT | adapters.result.json_schema(mode="serialization"),
        )


def _plain(operation: Operation, result: Any) -> Any:
    # Without an annotation there is no type to convert from: a set stays a set, and is refused.
    if operation.signature().result is Any:
        return result
    adapter = _adapters(operation).result
    return adapter.dump_python(adapter.validate_python(result, strict=True), mode="json", warnings="error")


@cache
def _adapters(operation: Operation) -> _Adapters:
    signature = operation.signature()
    try:
        return _Adapters(_adapter(signature.data), _adapter(signature.result))
    except PydanticUserError as error:
        raise ConfigurationError(f"Operation {operation.name!r}: {error.message}") from error


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    try:
        # Else NaN would leave an untyped part as null, without a word.
        return TypeAdapter(annotation, config=ConfigDict(ser_json_inf_nan="constants"))
    except PydanticUserError as error:
        if error.code != "type-adapter-config-unused":
            raise
    return TypeAdapter(annotation)


def _faults(error: ValidationError) -> Iterator[Fault]:
    """Read from their text one by one: to make objects of a whole list of wrong values takes seconds."""
    text = error.json(include_url=False, include_input=False, include_context=False)
    at = 1
    for _ in range(min(error.error_count(), MOST_FAULTS)):
        each, end = _READER.raw_decode(text, at)
        yield Fault(pointer_to("data", *each["loc"]), each["type"], each["msg"])
        at = end + 1


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return f"The result is not of the return type: {error.errors(include_input=False)[0]['msg']}"
    return f"The result is not JSON: {type(error).__name__}"
