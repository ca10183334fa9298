"""The short way leads where the long one does, and for nothing else."""

from typing import Any

import pytest
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from jobproc.adapters.http.problems import present_problem
from jobproc.adapters.http.quick_lane import QuickLane
from jobproc.adapters.http.routing import template_of
from jobproc.domain.errors import NotFound

pytestmark = pytest.mark.anyio


async def framework(scope: Scope, receive: Receive, send: Send) -> None:
    await Response("by the framework", 299)(scope, receive, send)


async def endpoint(request: Request) -> Response:
    if request.headers.get("fail"):
        raise NotFound("Nothing here.")
    return Response("by the short way", 201)


async def ask(method: str, path: str, **headers: str) -> tuple[int, bytes, Scope]:
    """The status, the body, and what the scope is afterwards."""
    lane = QuickLane(framework, endpoints={"/jobs": endpoint}, present=present_problem)
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
async def test_posts_to_its_paths_are_answered_and_counted_under_one_name(path: str) -> None:
    status, body, scope = await ask("POST", path)
    assert (status, body, template_of(scope)) == (201, b"by the short way", "/jobs")


@pytest.mark.parametrize(("method", "path"), [("GET", "/jobs"), ("POST", "/jobs/x"), ("POST", "/jobs//")])
async def test_all_else_goes_by_the_framework(method: str, path: str) -> None:
    assert (await ask(method, path))[:2] == (299, b"by the framework")


async def test_refusals_are_presented_as_everywhere() -> None:
    status, body, _ = await ask("POST", "/jobs", fail="yes")
    assert (status, b"/problems/not-found" in body) == (404, True)
