"""The bodies of submissions: one schema for each operation, so that a reader sees what each one takes."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from jobproc.adapters.http.schemas import COMPONENT
from jobproc.application.catalogue import Described

_UNFIT = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(frozen=True, slots=True)
class Submissions:
    """The schemas of one model of a submission; components have its name and that of the operation."""

    model: type[BaseModel]
    prefix: str
    operations: Sequence[Described]

    def body(self) -> dict[str, Any]:
        """A request body that is one submission."""
        content = {"schema": self.any_of_them(), "examples": _examples(self.operations)}
        return {"required": True, "content": {"application/json": content}}

    def any_of_them(self) -> dict[str, Any]:
        """The schema of a submission, told apart by its operation."""
        names = {
            each.operation.name: self._component(place, each) for place, each in enumerate(self.operations)
        }
        mapping = {name: COMPONENT.format(model=component) for name, component in names.items()}
        return {
            "oneOf": [{"$ref": reference} for reference in mapping.values()],
            "discriminator": {"propertyName": "operation", "mapping": mapping},
            "$defs": {
                names[each.operation.name]: self._schema(names[each.operation.name], each)
                for each in self.operations
            },
        }

    def _component(self, place: int, described: Described) -> str:
        """A name that a component may have; another one for each operation."""
        name = described.operation.name
        fitting = _UNFIT.sub("_", name)
        return f"{self.prefix}.{fitting}" if fitting == name else f"{self.prefix}.{fitting}.{place}"

    def _schema(self, component: str, described: Described) -> dict[str, Any]:
        schema = self.model.model_json_schema(ref_template=COMPONENT)
        data = _within(component, described.schemas.input)
        definitions = data.pop("$defs", {})
        data.pop("$schema", None)
        operation = described.operation
        examples = [json.loads(each) for each in operation.examples]
        schema["title"] = operation.name
        schema["description"] = operation.summary or schema["description"]
        schema["properties"]["operation"] = {"const": operation.name, "type": "string"}
        schema["properties"]["data"] = data | ({"examples": examples} if examples else {})
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
