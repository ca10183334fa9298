"""What operators see of running processes: numbers, lines, health, and what the doctor says."""

import json
import re
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.integration.processes.running import (
    KEYS,
    Program,
    Visitor,
    complete,
    free_port,
    production,
    started,
    wait_for,
)
from tests.servers import run

Visit = Callable[..., Visitor]
# What every process tells of itself, also while nothing of the kind has happened in it.
NUMBERS = {
    f"jobproc_{name}"
    for name in (
        "http_requests_total",
        "http_request_seconds",
        "http_requests_limited_total",
        "attempts_total",
        "job_wait_seconds",
        "job_run_seconds",
        "queue_depth",
        "queue_age_seconds",
        "claim_seconds",
        "stale_reports_total",
        "jobs_rescued_total",
        "rings_lost_total",
        "sandbox_deaths_total",
        "pool_connections_in_use",
        "workers",
    )
}
EVENTS = {"Accept": "text/event-stream"}
OPERATIONS = '''
from jobproc import operation

@operation(max_attempts=2, retry_on=(OSError,))
def shaky(data: str) -> str:
    """Fail."""
    raise OSError("a reason for the log")
'''


def ask(port: str, path: str, **headers: str) -> httpx2.Response:
    """What that port of this machine answers, as soon as somebody listens."""
    with httpx2.Client(trust_env=False, base_url=f"http://127.0.0.1:{port}", headers=headers) as client:

        def answers() -> bool:
            try:
                client.get("/livez")
            except httpx2.TransportError:
                return False
            return True

        wait_for(answers)
        return client.get(path)


def lines(program: Program) -> list[dict[str, Any]]:
    """What it has written, each line by itself."""
    return [json.loads(line) for line in program.text().splitlines()]


@pytest.mark.parametrize("name", ["worker", "maintenance"])
def test_a_part_without_users_has_a_door_for_operators(
    folder: Path, database_url: str, redis_url: str, name: str
) -> None:
    port = str(free_port())
    variables = production(database_url, redis_url, METRICS_PORT=port, METRICS_TOKEN="canary-token")
    with started(folder, name, **variables) as program:
        assert ask(port, "/livez").json() == {"status": "ok"}
        assert ask(port, "/readyz").json()["status"] == "ok"
        assert ask(port, "/metrics").status_code == 401
        numbers = ask(port, "/metrics", Authorization="Bearer canary-token").text
        assert families(numbers) >= NUMBERS
        assert "process_resident_memory_bytes" in numbers
        assert complete(folder, "alive", METRICS_PORT=port).returncode == 0
        # A loop that stands still is not alive.
        program.process.send_signal(signal.SIGSTOP)
        stuck = complete(folder, "alive", METRICS_PORT=port)
        program.process.send_signal(signal.SIGCONT)
        assert (stuck.returncode, stuck.stderr.count("\n")) == (1, 1)
        assert program.end() == 0, program.text()
    assert complete(folder, "alive", METRICS_PORT=port).returncode == 1


def test_a_door_that_is_taken_is_one_line(folder: Path, database_url: str, redis_url: str) -> None:
    port = str(free_port())
    variables = production(database_url, redis_url, METRICS_PORT=port)
    with started(folder, "maintenance", **variables):
        ask(port, "/livez")
        for name in ("worker", "maintenance"):
            done = complete(folder, name, **variables)
            assert done.returncode == 1
            assert done.stderr.startswith("jobproc: JOBPROC_METRICS_PORT: ")
            assert done.stderr.count("\n") == 1


def test_the_whole_story_of_a_job_is_found_by_its_id(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    (folder / "shaken.py").write_text(OPERATIONS)
    variables = production(database_url, redis_url, OPERATIONS="shaken", SWEEP_SECONDS="0.1")
    port = str(free_port())
    with ExitStack() as stack:
        api, worker, maintenance = (
            stack.enter_context(started(folder, *words, **variables))
            for words in (("api", "--port", port), ("worker",), ("maintenance",))
        )
        ada = visit(f"http://127.0.0.1:{port}")
        headers = {**ada.headers, "X-Request-Id": "story-1"}
        body = {"operation": "shaky", "data": "x"}
        job = ada.client.post("/jobs", json=body, headers=headers).json()["job_id"]
        wait_for(lambda: ada.status(job) == "FAILED", 30)
        wait_for(lambda: any(line.get("status") == "FAILED" for line in lines(worker)))
        told = [line for program in (api, worker, maintenance) for line in lines(program)]
    story = [line for line in told if line.get("job") == job]
    failed = [line for line in story if line["event"] == "attempt.failed"]
    assert [line["attempt"] for line in failed] == [1, 2]
    assert all("a reason for the log" in line["exception"] for line in failed)
    story = [line for line in story if line not in failed]
    assert {line["request"] for line in story} == {"story-1"}
    assert [line["event"] for line in story] == ["job.submitted", "job.settled", "job.settled"]
    assert [line["attempt"] for line in story[1:]] == [1, 2]
    assert [line["status"] for line in story[1:]] == ["SCHEDULED", "FAILED"]
    assert len({line["user"] for line in story}) == 1
    [request] = [line for line in told if line["event"] == "request.served" and line["request"] == "story-1"]
    assert (request["route"], request["status"], request["user"]) == ("/jobs", 200, story[0]["user"])


def test_several_processes_of_one_port_count_together(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    port = str(free_port())
    words = ("api", "--port", port, "--processes", "2")
    with started(folder, *words, **production(database_url, redis_url)) as api:
        ada = visit(f"http://127.0.0.1:{port}")
        for _ in range(4):
            ada.submit()
        told = {count(ask(port, "/metrics").text, "jobproc_jobs_submitted_total") for _ in range(6)}
        assert api.end() == 0
    assert told == {4.0}


def families(text: str) -> set[str]:
    """The names of all numbers."""
    return set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


def count(text: str, name: str) -> float:
    """The sum over all series of that name."""
    return sum(map(float, re.findall(rf"^{name}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))


@pytest.mark.parametrize("processes", ["1", "2"])
def test_readiness_turns_off_before_the_doors_close_and_whoever_waits_is_answered(
    folder: Path, database_url: str, redis_url: str, visit: Visit, processes: str
) -> None:
    port = str(free_port())
    words = ("api", "--port", port, "--processes", processes)
    variables = production(database_url, redis_url, STOP_DELAY_SECONDS="2")
    with started(folder, *words, **variables) as api, ThreadPoolExecutor() as threads:
        ada = visit(f"http://127.0.0.1:{port}")
        assert ask(port, "/readyz").status_code == 200
        dated = {"operation": "square_sum", "data": [], "delay_seconds": 600}
        job = ada.client.post("/v1/jobs", json=dated, headers=ada.headers).json()["id"]
        long = {**ada.headers, "Prefer": "wait=60"}
        answers = [
            threads.submit(ada.client.get, f"/v1/jobs/{job}", headers=long, timeout=60),
            threads.submit(ada.client.get, f"/v1/jobs/{job}/events", headers=EVENTS | long, timeout=60),
        ]
        time.sleep(0.5)
        api.process.send_signal(signal.SIGTERM)
        wait_for(lambda: all(ask(port, "/readyz").status_code == 503 for _ in range(4)), 2)
        # A new connection still gets its answer, and is told to ask elsewhere from now on.
        assert ask(port, "/readyz").json()["status"] == "stopping"
        assert ask(port, "/livez").headers["Connection"] == "close"
        assert ada.submit()
        assert api.process.wait(10) == 0
        assert [answer.result(10).status_code for answer in answers] == [200, 200]
        assert "event: status" in answers[1].result().text
        assert "Traceback" not in api.text()


def test_the_doctor_finds_a_service_that_is_well(folder: Path, database_url: str, redis_url: str) -> None:
    variables = production(database_url, redis_url)
    with started(folder, "worker", "--concurrency", "3", **variables) as worker:
        wait_for(lambda: complete(folder, "doctor", **variables).returncode == 0, 30)
        told = complete(folder, "doctor", **variables)
        assert all(line.startswith("ok ") for line in told.stdout.splitlines()), told.stdout
        assert f":{worker.process.pid} (3 slots)" in told.stdout
        # As beside a `jobproc up`, which tells its own settings to who may read them.
        lines = (f"JOBPROC_{name}={value}\n" for name, value in variables.items())
        (folder / "settings").write_text("".join(lines))
        found = json.loads(complete(folder, "doctor", "--data", ".", "--json").stdout)
        assert [part["status"] for part in found] == ["ok"] * len(told.stdout.splitlines())
        assert worker.end() == 0
        assert "No worker is there" in complete(folder, "doctor", **variables).stdout


def test_the_doctor_finds_that_there_is_no_maintenance(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with started(folder, "api", "--port", port, **variables):
        visit(f"http://127.0.0.1:{port}").submit()
    run(date_back(database_url))
    status, words = said(folder, **variables)["upkeep"]
    assert status == "failed"
    assert "`jobproc maintenance`" in words


async def date_back(database_url: str) -> None:
    """Let every job have been due for a minute."""
    connection = await asyncpg.connect(database_url)
    try:
        dated = "UPDATE jobs SET status = 'SCHEDULED', queued_at = NULL, run_at = now() - interval '1 minute'"
        await connection.execute(dated)
    finally:
        await connection.close()


def test_the_doctor_names_each_part_that_is_not_well_and_what_helps(
    folder: Path, empty_database_url: str, redis_url: str
) -> None:
    told = said(folder, **production(empty_database_url, redis_url))
    assert told["settings"][0] == told["postgres"][0] == told["redis"][0] == told["broker"][0] == "ok"
    assert told["schema"][0] == "failed"
    assert "`jobproc migrate`" in told["schema"][1]


def test_the_doctor_needs_nothing_to_say_what_is_missing(folder: Path) -> None:
    told = said(folder)
    assert list(told) == ["settings"]
    assert told["settings"][0] == "failed"
    assert "JOBPROC_" in told["settings"][1]
    nobody = f"127.0.0.1:{free_port()}"
    began = time.monotonic()
    told = said(folder, **production(f"postgresql://ada:canary@{nobody}/x", f"redis://:canary@{nobody}/0"))
    assert time.monotonic() - began < 30
    assert {name: status for name, (status, _) in told.items()} == {
        "settings": "ok",
        "postgres": "failed",
        "schema": "failed",
        "redis": "degraded",
        "broker": "degraded",
        "workers": "failed",
        "jobs": "failed",
        "upkeep": "failed",
    }
    for name in ("postgres", "redis", "broker"):
        assert "JOBPROC_" in told[name][1]
    assert "canary" not in str(told)


@pytest.mark.parametrize("wrong", ["user", "database"])
def test_the_doctor_says_what_postgres_refuses(
    folder: Path, database_url: str, redis_url: str, wrong: str
) -> None:
    name = database_url.rpartition("/")[2]
    url = (
        database_url.replace(name, "not_there")
        if wrong == "database"
        else f"postgresql://nobody@{database_url.rpartition('@')[2]}"
    )
    told = said(folder, **production(url, redis_url))
    assert told["postgres"][0] == "failed"
    assert "JOBPROC_DATABASE_URL" in told["postgres"][1]


def said(folder: Path, **variables: str) -> dict[str, tuple[str, str]]:
    """How each part is, and what the doctor says of it."""
    told = complete(folder, "doctor", **variables)
    assert "Traceback" not in told.stderr, told.stderr
    found = [line.split(maxsplit=2) for line in told.stdout.splitlines()]
    assert told.returncode == int(any(status != "ok" for status, *_ in found))
    return {name: (status, words) for status, name, words in found}


def test_the_doctor_finds_jobs_that_no_worker_knows(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    (folder / "shaken.py").write_text(OPERATIONS)
    variables, port = production(database_url, redis_url), str(free_port())
    with (
        started(folder, "api", "--port", port, **variables, OPERATIONS="shaken"),
        started(folder, "worker", **variables),
    ):
        visit(f"http://127.0.0.1:{port}").submit("shaky", "x")
        wait_for(lambda: said(folder, **variables)["workers"][0] == "ok", 30)
        status, words = said(folder, **variables)["jobs"]
    assert status == "failed"
    assert "1 shaky" in words
    assert "JOBPROC_OPERATIONS" in words


def test_on_memory_there_is_nothing_that_could_be_ill(folder: Path) -> None:
    assert complete(folder, "doctor", PROFILE="memory", JWT_KEYS=KEYS).returncode == 0
