"""`/livez` and `/readyz`: alive without asking anybody, ready when what is needed is there."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from jobproc.application import health
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, serving
from tests.integration.processes.running import free_port

pytestmark = pytest.mark.anyio

NOBODY = f"127.0.0.1:{free_port()}"


async def test_alive_is_alive_whatever_else_is_away(production: Settings) -> None:
    gone = production.model_copy(update={"database_url": SecretStr(f"postgresql://ada@{NOBODY}/x")})
    async with serving(gone, slots=0) as service:
        answer = await service.client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_a_process_whose_parts_are_well_is_ready(service: Service) -> None:
    answer = await service.client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert {part["status"] for part in answer.json()["parts"].values()} <= {"ok"}


async def test_each_part_is_shown_with_the_revision_of_the_schema(production: Settings) -> None:
    async with serving(production, slots=0) as service:
        parts = (await service.client.get("/readyz")).json()["parts"]
    assert set(parts) == {"postgres", "schema", "redis"}
    revisions = Path(health.__file__).parents[1] / "adapters" / "postgres" / "migrations" / "versions"
    assert any(parts["schema"]["detail"] == f"revision {file.name[:4]}" for file in revisions.glob("*.py"))


async def test_without_redis_it_is_degraded_and_ready(production: Settings) -> None:
    away = production.model_copy(update={"redis_url": SecretStr(f"redis://{NOBODY}/0")})
    async with serving(away, slots=0) as service:
        answer = await service.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"]["redis"]["status"] == "degraded"


async def test_without_postgres_it_is_not_ready_and_says_nothing_of_where_it_looked(
    production: Settings,
) -> None:
    away = production.model_copy(update={"database_url": SecretStr(f"postgresql://ada:canary@{NOBODY}/x")})
    async with serving(away, slots=0) as service:
        answer = await service.client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failed")
    assert int(answer.headers["Retry-After"]) > 0
    assert answer.json()["parts"]["postgres"]["status"] == "failed"
    assert "canary" not in answer.text
    assert NOBODY not in answer.text


async def test_a_schema_that_is_missing_is_not_ready(production: Settings, empty_database_url: str) -> None:
    empty = production.model_copy(update={"database_url": SecretStr(empty_database_url)})
    async with serving(empty, slots=0) as service:
        answer = await service.client.get("/readyz")
    assert answer.status_code == 503
    assert "jobproc migrate" in answer.json()["parts"]["schema"]["detail"]


async def test_a_process_that_is_about_to_end_is_not_ready(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        service.app.state.stopping = True
        answer = await service.client.get("/readyz")
        assert (await service.client.get("/livez")).status_code == 200
    assert (answer.status_code, answer.json()["status"]) == (503, "stopping")
