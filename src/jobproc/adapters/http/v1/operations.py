"""The catalogue of operations."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Response

from jobproc.adapters.http.authentication import Reader, TheApplication
from jobproc.adapters.http.problems import problems
from jobproc.adapters.http.raw_json import array_of, json_answer, object_of
from jobproc.adapters.http.routing import EitherSlashRouter
from jobproc.adapters.http.v1.jobs import ALWAYS
from jobproc.adapters.http.v1.presenting import text_of
from jobproc.adapters.http.v1.schemas import Catalogue, ShownOperation
from jobproc.application.catalogue import Described

router = EitherSlashRouter(prefix="/operations", tags=["operations"])


@router.get(
    "",
    summary="What may be run",
    response_model=Catalogue,
    responses=problems(*ALWAYS),
)
async def list_operations(application: TheApplication, _: Reader) -> Response:
    """By name. The schemas are JSON Schema 2020-12."""
    shown = map(show_operation, application.describe_operations())
    return json_answer(object_of({"items": array_of(shown)}))


@router.get(
    "/{name:path}",
    summary="One operation",
    response_model=ShownOperation,
    responses=problems(*ALWAYS, "not-found"),
)
async def get_operation(
    application: TheApplication, _: Reader, name: Annotated[str, Path(examples=["square_sum"])]
) -> Response:
    """What it takes, what it gives, and how long it may take."""
    known = name if name in application.operations else name.removesuffix("/")
    return json_answer(show_operation(application.describe_operations.named(known)))


def show_operation(described: Described) -> str:
    """As JSON text."""
    operation = described.operation
    members: Mapping[str, Any] = {
        "name": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "input_schema": described.schemas.input,
        "output_schema": described.schemas.output,
        "limits": {
            "timeout_seconds": operation.timeout,
            "max_attempts": operation.max_attempts,
            "retry_on": [error.__name__ for error in operation.retry_on],
        },
    }
    texts = {name: text_of(member) for name, member in members.items()}
    return object_of(texts | {"examples": array_of(operation.examples)})
