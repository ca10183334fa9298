"""The docs page works offline, and the description says what the service takes and gives."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jobproc.adapters.http.problems import Problem
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import serving

pytestmark = pytest.mark.anyio

SEED = {"/register", "/login", "/jobs", "/jobs/{job_id}/status", "/jobs/{job_id}/result", "/jobsList/"}


async def test_the_docs_page_needs_nothing_from_elsewhere(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        for path in ("/docs", "/docs/"):
            page = await service.client.get(path)
            assert page.status_code == 200
            assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert "<script>" not in page.text
        found = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(found) == 4
        for asset in found:
            assert asset.startswith("/docs/assets/")
            assert (await service.client.get(asset)).status_code == 200


async def test_the_vendored_page_comes_with_its_licence(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        licence = await service.client.get("/docs/assets/swagger-ui/LICENSE")
        assert "Apache License" in licence.text


def example(body: Any) -> Any:
    """What Swagger UI would send."""
    if examples := body.get("examples"):
        return next(iter(examples.values()))["value"]
    return {name: field["examples"][0] for name, field in body["schema"]["properties"].items()}


async def test_every_seed_call_is_described_with_examples_that_run(memory: Settings) -> None:
    async with serving(memory) as service:
        described = (await service.client.get("/openapi.json")).json()
        assert set(described["paths"]) >= SEED
        examples = {
            path: example(described["paths"][path]["post"]["requestBody"]["content"]["application/json"])
            for path in ("/register", "/login", "/jobs")
        }
        token = (await service.client.post("/register", json=examples["/register"])).json()["access_token"]
        assert (await service.client.post("/login", json=examples["/login"])).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert (
            await service.client.post("/jobs", json=examples["/jobs"], headers=headers)
        ).status_code == 200


TYPED = """
from dataclasses import dataclass
from jobproc import operation

@dataclass
class Point:
    x: int

@operation(name="way/length", examples=[[{"x": 1}]])
def length(data: list[Point]) -> int:
    return len(data)
"""


async def test_each_operation_is_a_body_of_its_own_with_an_example_that_runs(
    memory: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "described_points.py").write_text(TYPED)
    monkeypatch.syspath_prepend(tmp_path)
    async with serving(memory.model_copy(update={"operations": "described_points"}), slots=0) as service:
        described = (await service.client.get("/openapi.json")).json()
        body = described["paths"]["/v1/jobs"]["post"]["requestBody"]["content"]["application/json"]
        assert set(body["schema"]["discriminator"]["mapping"]) == {"square_sum", "cube_sum", "way/length"}
        ada = await service.register()
        for shown in body["examples"].values():
            assert (await ada.post("/v1/jobs", shown["value"])).status_code == 202
    assert set(references(described)) <= set(names(described))
    point = described["components"]["schemas"]["NewJob.way_length.2"]["properties"]["data"]["items"]
    assert point == {"$ref": "#/components/schemas/NewJob.way_length.2.Point"}


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from references(each)


def names(described: Any) -> Iterator[str]:
    for name in described["components"]["schemas"]:
        assert re.fullmatch("[A-Za-z0-9._-]+", name)
        yield f"#/components/schemas/{name}"


async def test_links_lead_to_calls_that_there_are(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        described = (await service.client.get("/openapi.json")).json()
    calls = [call for path in described["paths"].values() for call in path.values()]
    ids = [call["operationId"] for call in calls]
    assert len(ids) == len(set(ids))
    answers = [answer for call in calls for answer in call["responses"].values()]
    linked = {link["operationId"] for answer in answers for link in answer.get("links", {}).values()}
    assert {"get_job", "get_result", "cancel_job", "get_batch"} <= linked <= set(ids)
    assert all("X-Request-Id" in answer["headers"] for answer in answers)


async def test_every_refusal_is_shown_as_it_would_come_once_and_with_its_headers(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        described = (await service.client.get("/openapi.json")).json()
    for path, method, status, answer in refusals(described):
        where = (path, method, status)
        headers = set(answer["headers"])
        assert ("WWW-Authenticate" in headers) is (status == "401"), where
        assert status not in ("429", "503") or "Retry-After" in headers or path == "/readyz", where
        [content] = answer.get("content", {}).values()
        parts = answer["description"].split(" / ")
        assert len(parts) == len(set(parts)), where
        for code, shown in content.get("examples", {}).items():
            problem = Problem.model_validate(shown["value"])
            assert (problem.code, str(problem.status)) == (code, status), where
    every_call = {"400", "431", "500"}
    for path, calls in described["paths"].items():
        assert all(every_call <= set(call["responses"]) for call in calls.values()), path


def refusals(described: Any) -> Iterator[tuple[str, str, str, Any]]:
    for path, calls in described["paths"].items():
        for method, call in calls.items():
            for status, answer in call["responses"].items():
                if int(status) >= 400:
                    yield path, method, status, answer


async def test_headers_are_described_by_their_names(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        paths = (await service.client.get("/openapi.json")).json()["paths"]
    sent = {
        (f"{method.upper()} {path}", parameter["name"])
        for path, calls in paths.items()
        for method, call in calls.items()
        for parameter in call.get("parameters", ())
        if parameter["in"] == "header"
    }
    assert sent == {
        ("POST /jobs", "Idempotency-Key"),
        ("POST /v1/jobs", "Idempotency-Key"),
        ("POST /v1/jobs", "Prefer"),
        ("POST /v1/batches", "Idempotency-Key"),
        ("GET /v1/jobs/{job_id}", "If-None-Match"),
        ("GET /v1/jobs/{job_id}", "Prefer"),
        ("GET /v1/batches/{batch_id}", "If-None-Match"),
        ("GET /v1/batches/{batch_id}", "Prefer"),
        ("GET /v1/jobs/{job_id}/events", "Last-Event-ID"),
        ("GET /v1/events", "Last-Event-ID"),
    }
    assert "Idempotent-Replayed" in paths["/jobs"]["post"]["responses"]["200"]["headers"]
    assert "Link" in paths["/jobsList/"]["get"]["responses"]["200"]["headers"]


async def test_authorize_takes_the_token_as_it_is(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        described = (await service.client.get("/openapi.json")).json()
    [scheme] = described["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert described["paths"]["/jobs"]["post"]["security"] == [{"HTTPBearer": ["jobs:write"]}]
    assert described["paths"]["/jobsList/"]["get"]["security"] == [{"HTTPBearer": ["jobs:read"]}]
    assert "security" not in described["paths"]["/login"]["post"]
