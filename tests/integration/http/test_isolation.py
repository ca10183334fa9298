"""What belongs to somebody else answers as what does not exist, byte for byte, on every route there is."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx2
import pytest
from fastapi import FastAPI

from tests.integration.http.service import PASSWORD, Service, Visitor, client_of

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


def routes_with_ids(app: FastAPI) -> list[tuple[str, str, str]]:
    """Method, path and the parameter in it, of every route there is: what the docs do not show as well."""
    contexts = [each for included in app.routes for each in included.effective_route_contexts()]  # type: ignore[attr-defined]
    return [
        (method, each.path_format, name)
        for each in contexts
        for name in re.findall(r"{(\w+)}", each.path_format or "")
        if name not in COMMON
        for method in each.methods
    ]


@pytest.mark.parametrize(
    "more", [{}, {"Accept": "text/event-stream"}, {"Prefer": "wait=1", "If-None-Match": '"1"'}]
)
async def test_a_foreign_id_is_answered_as_an_unknown_one_on_every_route(
    idle_service: Service, more: dict[str, str]
) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    routes = routes_with_ids(idle_service.app)
    described = (await idle_service.client.get("/openapi.json")).json()["paths"]
    assert {path for _, path, _ in routes} >= {path for path in described if "_id}" in path}
    assert len([path for _, path, _ in routes if path.startswith("/ui/")]) >= 7
    ids = {name: [await make(ada) for make in makers] for name, makers in MAKERS.items()}
    async with browser_of(idle_service, "bob") as browser:
        for method, path, name in routes:
            client = browser if path.startswith("/ui/") else idle_service.client
            for id in ids[name]:
                foreign, unknown = [
                    await client.request(
                        method,
                        path.replace(f"{{{name}}}", each),
                        headers=bob.headers | {"X-Request-Id": "same"} | more,
                    )
                    for each in (id, UNKNOWN)
                ]
                assert foreign.status_code == 404, (method, path, foreign.text)
                assert without(id, foreign.content) == without(UNKNOWN, unknown.content), (method, path)
                assert head(foreign) == head(unknown), (method, path)


async def test_a_foreign_batch_has_no_jobs_as_an_unknown_one_has_none(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    foreign, unknown = [
        await bob.get(f"/v1/jobs?batch_id={id}", x_request_id="same") for id in (await a_batch(ada), UNKNOWN)
    ]
    assert (foreign.content, head(foreign)) == (unknown.content, head(unknown))
    assert foreign.json() == {"items": [], "next_cursor": None}


@asynccontextmanager
async def browser_of(service: Service, name: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Where that user has signed in."""
    async with client_of(service.served) as browser:
        browser.headers["Origin"] = "http://jobproc"
        form = {"username": name, "password": PASSWORD}
        assert (await browser.post("/ui/sign-in", data=form)).status_code == 303
        yield browser


def without(id: str, content: bytes) -> bytes:
    """What the page shows of its own address is known to who asked."""
    return content.replace(id.encode(), b"")


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
