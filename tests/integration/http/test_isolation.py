"""What belongs to somebody else answers as what does not exist, byte for byte, on every route there is."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from tests.integration.http.service import Service, Visitor

pytestmark = pytest.mark.anyio

UNKNOWN = str(UUID("01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"))


async def a_job(visitor: Visitor) -> str:
    return str((await visitor.submit_v1())["id"])


async def a_final_job(visitor: Visitor) -> str:
    job = await a_job(visitor)
    assert (await visitor.post(f"/v1/jobs/{job}/cancel")).status_code == 200
    return job


async def a_key(visitor: Visitor) -> str:
    made = await visitor.post("/v1/api-keys", {"name": "script", "scopes": ["jobs:read"]})
    return str(made.json()["id"])


async def a_batch(visitor: Visitor) -> str:
    answer = await visitor.post("/v1/batches", {"jobs": [{"operation": "square_sum", "data": [1]}]})
    return str(answer.json()["id"])


# How to make one of each thing that has an id. A route with another parameter fails the test below until it is here.
MAKERS: Mapping[str, tuple[Callable[[Visitor], Awaitable[str]], ...]] = {
    "job_id": (a_job, a_final_job),
    "key_id": (a_key,),
    "batch_id": (a_batch,),
}
# Parameters that name nothing of anybody.
COMMON = {"name", "code"}


def routes_with_ids(description: Any) -> list[tuple[str, str, str]]:
    """Method, path and the parameter in it."""
    return [
        (method.upper(), path, name)
        for path, calls in description["paths"].items()
        for name in re.findall(r"{(\w+)}", path)
        if name not in COMMON
        for method in calls
    ]


async def test_a_foreign_id_is_answered_as_an_unknown_one_on_every_route(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    routes = routes_with_ids((await idle_service.client.get("/openapi.json")).json())
    assert len(routes) >= 8
    for method, path, name in routes:
        for make in MAKERS[name]:
            foreign, unknown = [
                await idle_service.client.request(
                    method, path.replace(f"{{{name}}}", id), headers=bob.headers | {"X-Request-Id": "same"}
                )
                for id in (await make(ada), UNKNOWN)
            ]
            assert foreign.status_code == 404, (method, path, foreign.text)
            assert foreign.content == unknown.content, (method, path)
            assert head(foreign) == head(unknown), (method, path)


def head(answer: Any) -> dict[str, str]:
    """The headers that do not tell of the moment."""
    return {name: value for name, value in answer.headers.items() if not name.startswith("ratelimit")}


async def test_what_a_stranger_tries_changes_nothing(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    job = await a_job(ada)
    before = (await ada.get(f"/v1/jobs/{job}")).json()
    for path in (f"/v1/jobs/{job}/cancel", f"/v1/jobs/{job}/retry"):
        assert (await bob.post(path)).status_code == 404
    assert (await bob.delete(f"/v1/jobs/{job}")).status_code == 404
    assert (await ada.get(f"/v1/jobs/{job}")).json() == before
