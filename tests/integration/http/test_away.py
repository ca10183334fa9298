"""Parts that are away cost an answer or a moment, never a job."""

import socket
import time

import pytest
from pydantic import SecretStr

from jobproc.domain.jobs import JobStatus
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, serving

pytestmark = pytest.mark.anyio


@pytest.fixture
def nobody_there() -> str:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


async def test_without_its_database_the_service_says_503_and_when_to_come_back(
    production: Settings, nobody_there: str
) -> None:
    url = SecretStr(f"postgresql://jobproc:secret@{nobody_there}/jobproc")
    async with serving(production.model_copy(update={"database_url": url}), slots=0) as service:
        started = time.monotonic()
        answer = await service.client.post("/login", json={"username": "ada", "password": PASSWORD})
        assert time.monotonic() - started < 3
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert "secret" not in answer.text
        assert (await service.client.get("/livez")).status_code == 200


async def test_with_a_broker_that_is_away_a_job_is_taken_at_once_and_runs(
    production: Settings, nobody_there: str
) -> None:
    url = SecretStr(f"redis://{nobody_there}/0")
    async with serving(production.model_copy(update={"redis_url": url})) as service:
        ada = await service.register()
        started = time.monotonic()
        job = await ada.submit([1, 2, 3])
        assert time.monotonic() - started < 1
        assert await ada.result(job) == {"status": "SUCCESS", "result": 14}


async def test_a_lost_bell_is_rung_again_by_maintenance(production: Settings) -> None:
    async with serving(production, slots=0) as service:
        ada = await service.register()
        job = await ada.submit([1, 2, 3])
        rings: list[str] = []
        maintain = service.application.maintain
        watched = type(maintain)(maintain.work, Recorder(rings), maintain.sweep * 0, maintain.jitter)
        await watched()
        assert rings == ["ring"]
        await service.application.worker.run_all_due()
        assert (await ada.result(job))["status"] == JobStatus.SUCCESS


class Recorder:
    """A bell that counts."""

    def __init__(self, rings: list[str]) -> None:
        self._rings = rings

    def ring(self) -> None:
        """Count."""
        self._rings.append("ring")
