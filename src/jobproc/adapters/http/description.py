"""The OpenAPI description: FastAPI's own, with what it cannot know of bodies, headers and operations."""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

from fastapi import FastAPI

from jobproc.adapters.http import schemas
from jobproc.adapters.http.declared import headers
from jobproc.adapters.http.operation_schemas import Submissions
from jobproc.adapters.http.problems import Problem
from jobproc.adapters.http.schemas import COMPONENT
from jobproc.adapters.http.v1.schemas import NewJob
from jobproc.application.catalogue import Described

# FastAPI's own refusal of parameters, which no answer has.
UNSENT = ("HTTPValidationError", "ValidationError")
REQUEST_ID = {
    "description": "The name of the request: the client's own, or a new one.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,128}$"},
}
RATE_LIMIT = headers("RateLimit", "RateLimit-Policy")["headers"]


def describe(app: FastAPI, operations: Sequence[Described]) -> dict[str, Any]:
    """The description of a service that knows these operations."""
    # FastAPI keeps its own one.
    description = deepcopy(app.openapi())
    components = description["components"]["schemas"]
    components["Problem"] = Problem.model_json_schema(ref_template=COMPONENT)
    _describe_submissions(description["paths"], operations)
    for call in _calls(description):
        _drop_unsent_refusals(call)
        everywhere = {"X-Request-Id": REQUEST_ID} | (RATE_LIMIT if "429" in call["responses"] else {})
        for answer in call["responses"].values():
            answer["headers"] = answer.get("headers", {}) | everywhere
    for name in UNSENT:
        components.pop(name, None)
    _hoist(description, components)
    return description


def _describe_submissions(paths: dict[str, Any], operations: Sequence[Described]) -> None:
    submissions = Submissions(NewJob, "NewJob", operations)
    paths["/v1/jobs"]["post"]["requestBody"] = submissions.body()
    paths["/jobs"]["post"]["requestBody"] = Submissions(schemas.NewJob, "SeedJob", operations).body()
    batch = paths["/v1/batches"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    batch["properties"]["jobs"]["items"] = submissions.any_of_them()
    del batch["$defs"]


def _calls(description: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for calls in description["paths"].values():
        yield from calls.values()


def _drop_unsent_refusals(call: dict[str, Any]) -> None:
    """Calls that refuse parameters say so themselves."""
    if UNSENT[0] in str(call["responses"].get("422")):
        del call["responses"]["422"]


def _hoist(part: Any, components: dict[str, Any]) -> None:
    """Definitions within a schema become components, where every reference looks for them."""
    if isinstance(part, dict):
        for name, schema in part.pop("$defs", {}).items():
            components[name] = schema
            _hoist(schema, components)
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            _hoist(each, components)
