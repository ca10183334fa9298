"""The processes that an installation runs by itself, against its own servers."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.integration.processes.running import (
    Program,
    Visitor,
    complete,
    free_port,
    production,
    started,
    wait_for,
)

OPERATIONS = '''
import time
from jobproc import operation

@operation
def nap(data: float) -> str:
    """Sleep."""
    time.sleep(data)
    return "slept"
'''


Visit = Callable[..., Visitor]


@contextmanager
def parts(folder: Path, variables: dict[str, str], *names: str) -> Iterator[tuple[str, list[Program]]]:
    """The API and these other parts; its address, and all programs."""
    port = str(free_port())
    # The folder of `python -m` is on its path, so the module is found by its name.
    (folder / "naps.py").write_text(OPERATIONS)
    with ExitStack() as stack:
        programs = [
            stack.enter_context(started(folder, *words, OPERATIONS="naps", **variables))
            for words in (["api", "--port", port], *([name] for name in names))
        ]
        yield f"http://127.0.0.1:{port}", programs


def test_every_part_ends_on_sigterm_with_exit_code_0(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    with parts(folder, production(database_url, redis_url), "worker", "maintenance") as (url, programs):
        ada = visit(url)
        assert ada.result(ada.submit()) == 14
        for program in programs:
            assert program.end(signal.SIGTERM) == 0, program.text()
            assert "Traceback" not in program.text()


def test_a_worker_needs_no_broker_to_do_its_work(folder: Path, database_url: str, visit: Visit) -> None:
    nobody = f"redis://127.0.0.1:{free_port()}/0"
    with parts(folder, production(database_url, nobody), "worker") as (url, (api, worker)):
        ada = visit(url)
        assert ada.result(ada.submit()) == 14
        assert worker.end(seconds=15) == 0
        assert api.end() == 0


def test_a_job_whose_worker_is_killed_runs_again(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    variables = production(database_url, redis_url, LEASE_SECONDS="2", SWEEP_SECONDS="0.2")
    with parts(folder, variables, "worker", "maintenance") as (url, (_, worker, _maintenance)):
        ada = visit(url)
        job = ada.submit("nap", 0.5)
        wait_for(lambda: ada.status(job) == "IN_PROGRESS")
        worker.process.kill()
        wait_for(lambda: ada.status(job) == "PENDING", 5)
        with started(folder, "worker", **variables, OPERATIONS="naps"):
            assert ada.result(job) == "slept"


def test_a_worker_whose_children_do_not_start_says_so_and_touches_no_job(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    variables = production(database_url, redis_url)
    with parts(folder, variables) as (url, _):
        job = (ada := visit(url)).submit()
        (folder / "greedy.py").write_text("import os\nos.environ['JOBPROC_DATABASE_URL']\n")
        done = complete(folder, "worker", OPERATIONS="greedy", **variables)
        assert done.returncode == 1
        assert "KeyError: 'JOBPROC_DATABASE_URL'" in done.stderr
        assert "\njobproc: The child processes that run operations do not start" in done.stderr
        assert "Exception in thread" not in done.stderr
        answer = ada.client.get(f"/v1/jobs/{job}", headers=ada.headers).json()
        assert (answer["status"], answer["version"]) == ("PENDING", 1)


def test_a_stopping_worker_says_so_and_gives_its_job_back(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    door = str(free_port())
    variables = production(database_url, redis_url, DRAIN_SECONDS="1.5", METRICS_PORT=door)
    with parts(folder, variables, "worker") as (url, (_, worker)):
        ada = visit(url)
        job = ada.submit("nap", 30)
        wait_for(lambda: ada.status(job) == "IN_PROGRESS")
        worker.process.send_signal(signal.SIGTERM)
        ready = f"http://127.0.0.1:{door}/readyz"
        wait_for(lambda: httpx2.get(ready, trust_env=False).status_code == 503, 1.5)
        assert worker.process.wait(10) == 0
        assert ada.status(job) == "PENDING"


@pytest.mark.parametrize("name", ["api", "worker", "maintenance"])
def test_no_part_works_on_a_schema_older_than_itself(
    folder: Path, empty_database_url: str, redis_url: str, name: str
) -> None:
    done = complete(folder, name, **production(empty_database_url, redis_url))
    assert done.returncode == 1
    assert "jobproc migrate" in done.stderr
    assert done.stderr.count("\n") == 1


def test_migrating_makes_an_empty_database_ready(
    folder: Path, empty_database_url: str, redis_url: str, visit: Visit
) -> None:
    variables = production(empty_database_url, redis_url)
    assert complete(folder, "migrate", **variables).returncode == 0
    with parts(folder, variables, "worker") as (url, _):
        ada = visit(url)
        assert ada.result(ada.submit()) == 14


def test_several_http_processes_share_a_port(
    folder: Path, database_url: str, redis_url: str, visit: Visit
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    words = ("api", "--port", port, "--processes", "2")
    with started(folder, *words, **variables) as api, started(folder, "worker", **variables):
        ada = visit(f"http://127.0.0.1:{port}")
        assert [ada.result(ada.submit()) for _ in range(5)] == [14] * 5
        assert api.end() == 0


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_port_that_is_taken_is_one_line(
    folder: Path, database_url: str, redis_url: str, processes: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        words = ("api", "--port", port, "--processes", processes)
        done = complete(folder, *words, **production(database_url, redis_url))
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert done.stderr.count("\n") == 1


def test_on_memory_one_process_is_the_whole_service(folder: Path, visit: Visit) -> None:
    port = str(free_port())
    with started(folder, "api", "--port", port, PROFILE="memory") as api:
        ada = visit(f"http://127.0.0.1:{port}")
        assert ada.result(ada.submit()) == 14
        assert api.end() == 0


@pytest.mark.parametrize("words", [("api", "--processes", "2"), ("worker",), ("maintenance",)])
def test_on_memory_there_is_nothing_to_share(folder: Path, words: tuple[str, ...]) -> None:
    done = complete(folder, *words, PROFILE="memory")
    assert (done.returncode, done.stdout) == (1, "")
    assert "JOBPROC_PROFILE=memory" in done.stderr
    assert done.stderr.count("\n") == 1
