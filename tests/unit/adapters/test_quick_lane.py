"""The short way leads where the long one does, and for nothing else."""

from typing import Any

import pytest
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from jobproc.adapters.http.problems import present_problem
from jobproc.adapters.http.quick_lane import QuickLane, QuickRoute
from jobproc.adapters.http.routing import template_of
from jobproc.domain.errors import NotFound

pytestmark = pytest.mark.anyio


async def framework(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("by the framework", 299)(scope, receive, send)


async def endpoint(request: Request) -> Response:
    if request.headers.get("fail"):
        raise NotFound("Nothing here.")
    return Response(f"by the short way{request.path_params.get('id', '')}", 201)


ROUTES = (QuickRoute("POST", "/jobs", endpoint), QuickRoute("GET", "/jobs/{id}/result", endpoint))


async def ask(method: str, path: str, **headers: str) -> tuple[int, bytes, Scope]:
    """The status, the body, and what the scope is afterwards."""
    lane = QuickLane(framework, routes=ROUTES, present=present_problem)
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    named = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "headers": named, "state": {"request_id": "r"}}
    await lane(scope, receive, send)
    return sent[0]["status"], sent[1]["body"], scope


@pytest.mark.parametrize("path", ["/jobs", "/jobs/"])
async def test_calls_of_its_paths_are_answered_and_counted_under_one_name(path: str) -> None:
    status, body, scope = await ask("POST", path)
    assert (status, body, template_of(scope)) == (201, b"by the short way", "/jobs")


@pytest.mark.parametrize("path", ["/jobs/7/result", "/jobs/7/result/"])
async def test_a_part_of_a_path_may_be_anything(path: str) -> None:
    status, body, scope = await ask("GET", path)
    assert (status, body, template_of(scope)) == (201, b"by the short way7", "/jobs/{id}/result")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/jobs"),
        ("POST", "/jobs/x"),
        ("POST", "/jobs//"),
        ("POST", "/jobs/7/result"),
        ("GET", "/jobs//result"),
        ("GET", "/jobs/7/8/result"),
        ("GET", "/jobs/7/result//"),
    ],
)
async def test_all_else_goes_by_the_framework(method: str, path: str) -> None:
    assert (await ask(method, path))[:2] == (299, b"by the framework")


async def test_refusals_are_presented_as_everywhere() -> None:
    status, body, _ = await ask("POST", "/jobs", fail="yes")
    assert (status, b"/problems/not-found" in body) == (404, True)
