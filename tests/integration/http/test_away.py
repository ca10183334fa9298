"""Parts that are away cost an answer or a moment, never a job."""

import asyncio
import socket
import time
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from pydantic import SecretStr
from sqlalchemy import make_url, text

from jobproc.adapters.postgres.database import open_database
from jobproc.domain.jobs import JobStatus
from jobproc.entrypoints.serving import serve_application
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Visitor, serving
from tests.integration.http.wires import silent, wire

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


async def test_every_call_says_so_while_the_database_accepts_and_never_answers(
    production: Settings, memory: Settings
) -> None:
    token = await token_of_somebody(memory)
    with silent() as place:
        url = SecretStr(f"postgresql://jobproc:secret@{place}/jobproc")
        async with serving(production.model_copy(update={"database_url": url}), slots=0) as service:
            ada = Visitor(service.client, token)
            job = {"data": [1], "operation": "square_sum"}
            started = time.monotonic()
            answers = await asyncio.gather(
                ada.post("/register", {"username": "ada", "password": PASSWORD}),
                ada.post("/login", {"username": "ada", "password": PASSWORD}),
                ada.post("/jobs", job),
                ada.get("/jobsList/"),
                ada.get(f"/jobs/{uuid4()}/status"),
                ada.get(f"/jobs/{uuid4()}/result"),
            )
            assert time.monotonic() - started < 3
    for answer in answers:
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2"), answer.request.url
        assert "secret" not in answer.text


async def test_a_request_and_what_is_asked_beside_it_find_their_connections_from_the_start(
    production: Settings, database_url: str
) -> None:
    ours = "datname = current_database() AND application_name = 'jobproc'"
    backends = f"SELECT pid FROM pg_stat_activity WHERE {ours}"
    connection = await asyncpg.connect(database_url)
    try:
        # Those of an earlier service may still be about to end.
        before = set(await connection.fetch(backends))
        async with serve_application(production):
            assert len(set(await connection.fetch(backends)) - before) >= 2
    finally:
        await connection.close()


async def test_with_a_broker_that_never_answers_a_job_is_taken_at_once_and_runs(production: Settings) -> None:
    with silent() as place:
        url = SecretStr(f"redis://{place}/0")
        async with serving(
            production.model_copy(update={"redis_url": url, "rate_limit_submit": "600/minute"})
        ) as service:
            ada = await service.register()
            started = time.monotonic()
            jobs = [await ada.submit([number]) for number in range(3)]
            assert time.monotonic() - started < 1
            assert [(await ada.result(job))["result"] for job in jobs] == [0, 1, 4]


async def test_with_a_broker_that_is_away_a_job_is_taken_at_once_and_runs(
    production: Settings, nobody_there: str
) -> None:
    url = SecretStr(f"redis://{nobody_there}/0")
    async with serving(
        production.model_copy(update={"redis_url": url, "rate_limit_submit": "600/minute"})
    ) as service:
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
        watched = replace(maintain, queue=Recorder(rings), sweep=maintain.sweep * 0)
        await watched()
        assert rings == ["ring"]
        await service.application.worker.run_all_due()
        assert (await ada.result(job))["status"] == JobStatus.SUCCESS


async def token_of_somebody(memory: Settings) -> str:
    """A token that is good for every service with the same key."""
    async with serving(memory, slots=0) as service:
        return (await service.register()).token


class Recorder:
    """A bell that counts."""

    def __init__(self, rings: list[str]) -> None:
        self._rings = rings

    def ring(self) -> None:
        """Count."""
        self._rings.append("ring")


async def test_on_connections_that_fall_silent_everybody_hears_so_in_time_and_work_goes_on(
    production: Settings, database_url: str
) -> None:
    url = make_url(database_url)
    async with wire(str(url.host), int(url.port or 5432)) as (line, port):
        near = url.set(host="127.0.0.1", port=port).render_as_string(hide_password=False)
        settings = production.model_copy(update={"database_url": SecretStr(near)})
        async with serving(settings, slots=0) as service:
            ada = await service.register()
            await asyncio.gather(*(ada.submit([1]) for _ in range(5)))
            line.cut()
            started = time.monotonic()
            job = {"data": [1], "operation": "square_sum"}
            answers = await asyncio.gather(
                *(ada.post("/jobs", job) for _ in range(15)), *(ada.get("/v1/jobs") for _ in range(15))
            )
            # 3 s by the contract; the machine may have other work.
            assert time.monotonic() - started < 6
            assert {(answer.status_code, answer.headers["Retry-After"]) for answer in answers} == {(503, "2")}
            line.mend()
            async with asyncio.timeout(10):
                while (answer := await ada.get("/jobsList/")).status_code == 503:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
            assert len(answer.json()["jobs"]) >= 5


async def test_a_slow_statement_is_waited_for(database_url: str) -> None:
    async with open_database(database_url) as database:
        await database.run(text("SELECT pg_sleep(1.6)"))
