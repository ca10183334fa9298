"""HEAD says what GET would say, without its body."""

import asyncio

import pytest

from tests.integration.http.service import Service

pytestmark = pytest.mark.anyio
# They differ from one request to the next.
OWN = {"x-request-id", "date", "ratelimit"}


async def test_head_answers_as_get_does_without_the_body(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    nobody = "00000000-0000-0000-0000-000000000000"
    for path in (
        "/livez",
        "/docs",
        "/openapi.json",
        "/problems/not-found",
        "/ui/login",
        "/jobsList",
        "/v1/jobs?limit=1",
        f"/v1/jobs/{job}",
        f"/v1/jobs/{job}/result",
        f"/v1/jobs/{nobody}",
        "/v1/jobs?limit=0",
        "/v1/nothing",
        "/v1/batches",
    ):
        get = await ada.get(path)
        head = await idle_service.client.head(path, headers=ada.headers)
        assert (head.status_code, head.content) == (get.status_code, b""), path
        shown = [
            {name: value for name, value in each.headers.items() if name not in OWN} for each in (get, head)
        ]
        assert shown[0] == shown[1], path


async def test_head_of_a_stream_ends_with_its_head(idle_service: Service) -> None:
    ada = await idle_service.register()
    async with asyncio.timeout(5):
        answer = await idle_service.client.head("/v1/events", headers=ada.headers)
    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert (answer.status_code, answer.content) == (200, b"")


async def test_head_is_counted_by_its_route(idle_service: Service) -> None:
    ada = await idle_service.register()
    await idle_service.client.head("/v1/jobs", headers=ada.headers)
    numbers = (await idle_service.client.get("/metrics")).text
    assert 'jobproc_http_requests_total{method="HEAD",route="/v1/jobs",status="200"} 1.0' in numbers
