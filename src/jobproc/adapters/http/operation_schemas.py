"""The body of a submission, one schema for each operation, so that a reader sees what each one takes."""

import json
import re
from collections.abc import Sequence
from typing import Any

from jobproc.adapters.http.schemas import COMPONENT
from jobproc.adapters.http.v1.schemas import NewJob
from jobproc.application.catalogue import Described

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


def submission_body(operations: Sequence[Described]) -> dict[str, Any]:
    """The request body of `POST /v1/jobs`."""
    names = {each.operation.name: _component(place, each) for place, each in enumerate(operations)}
    mapping = {name: COMPONENT.format(model=component) for name, component in names.items()}
    schema = {
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "operation", "mapping": mapping},
        "$defs": {
            names[each.operation.name]: _schema(names[each.operation.name], each) for each in operations
        },
    }
    content: dict[str, Any] = {"schema": schema, "examples": _examples(operations)}
    return {"required": True, "content": {"application/json": content}}


def _component(place: int, described: Described) -> str:
    """A name that a component may have; another one for each operation."""
    name = described.operation.name
    fitting = _UNFIT.sub("_", name)
    return f"NewJob.{fitting}" if fitting == name else f"NewJob.{fitting}.{place}"


def _schema(component: str, described: Described) -> dict[str, Any]:
    schema = NewJob.model_json_schema(ref_template=COMPONENT)
    data = _within(component, described.schemas.input)
    definitions = data.pop("$defs", {})
    data.pop("$schema", None)
    schema["title"] = described.operation.name
    schema["description"] = described.operation.summary or schema["description"]
    schema["properties"]["operation"] = {"const": described.operation.name, "type": "string"}
    schema["properties"]["data"] = data | {
        "examples": [json.loads(each) for each in described.operation.examples]
    }
    schema["$defs"] = {f"{component}.{name}": each for name, each in definitions.items()}
    return schema


def _within(component: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A copy of the schema whose references go to components of that prefix."""
    text = json.dumps(schema).replace('"#/$defs/', f'"{COMPONENT.format(model=component)}.')
    copy: dict[str, Any] = json.loads(text)
    return copy


def _examples(operations: Sequence[Described]) -> dict[str, Any]:
    return {
        f"{each.operation.name} {place}": {
            "summary": each.operation.name,
            "value": {"operation": each.operation.name, "data": json.loads(example)},
        }
        for each in operations
        for place, example in enumerate(each.operation.examples, start=1)
    }
