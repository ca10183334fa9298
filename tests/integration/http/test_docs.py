"""The docs page works offline, and the description says what the service takes and gives."""

import re

import pytest

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


async def test_every_seed_call_is_described_with_examples_that_run(memory: Settings) -> None:
    async with serving(memory) as service:
        described = (await service.client.get("/openapi.json")).json()
        assert set(described["paths"]) >= SEED
        bodies = {
            path: described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
            for path in ("/register", "/login", "/jobs")
        }
        examples = {
            path: {name: field["examples"][0] for name, field in schema["properties"].items()}
            for path, schema in bodies.items()
        }
        token = (await service.client.post("/register", json=examples["/register"])).json()["access_token"]
        assert (await service.client.post("/login", json=examples["/login"])).status_code == 200
        headers = {"Authorization": f"Bearer {token}"}
        assert (
            await service.client.post("/jobs", json=examples["/jobs"], headers=headers)
        ).status_code == 200


async def test_authorize_takes_the_token_as_it_is(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        described = (await service.client.get("/openapi.json")).json()
    [scheme] = described["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    assert described["paths"]["/jobs"]["post"]["security"] == [{"HTTPBearer": ["jobs:write"]}]
    assert described["paths"]["/jobsList/"]["get"]["security"] == [{"HTTPBearer": ["jobs:read"]}]
    assert "security" not in described["paths"]["/login"]["post"]
