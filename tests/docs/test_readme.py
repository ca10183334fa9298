"""The README, run as it stands: only the address and the place of the data are the test's own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, printing, reachable
from tests.integration.processes.running import (
    PASSWORD,
    Visitor,
    alive,
    descendants,
    environment,
    free_port,
    started,
    wait_for,
)

pytestmark = [pytest.mark.real, pytest.mark.slow]

README = ROOT / "README.md"
ADDRESS = "http://127.0.0.1:8000"


def block(name: str) -> str:
    [code] = blocks(name, README)
    return code.strip()


@contextmanager
def shell(code: str, log: Path, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", f"exec env {code}" if "./dev" in code else code],
            cwd=ROOT,
            env=os.environ | variables,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(15)


def test_the_demo_ends_well_on_a_machine_without_the_developers_tools(tmp_path: Path) -> None:
    bare = {"UV_PROJECT_ENVIRONMENT": str(reachable(tmp_path) / "venv")}
    with shell(block("demo"), log := tmp_path / "log", **bare) as demo:
        assert demo.wait(90) == 0, log.read_text()
    for line in ("square_sum [1, 2, 3] = 14", "cube_sum [1, 2, 3] = 36"):
        assert line in log.read_text()


def test_the_first_job_and_an_operation_of_ones_own_on_the_service_that_up_starts(tmp_path: Path) -> None:
    folder = reachable(tmp_path)
    [operation] = blocks("operation", README)
    (folder / "text_operations.py").write_text(operation)
    port = str(free_port())
    command = block("own operation").replace("PYTHONPATH=.", f"PYTHONPATH={folder}")
    assert command.endswith(block("up"))
    variables = {"JOBPROC_PORT": port, "JOBPROC_DATA": str(folder / "data")}
    with shell(command, log := folder / "log", **variables) as up:
        wait_for(lambda: "jobproc is running at" in log.read_text() or up.poll() is not None, 60)
        url = f"http://127.0.0.1:{port}"
        assert _first_job(url) == '{"status":"SUCCESS","result":14}'
        with Visitor.at(url, "/login") as ada:
            assert ada.result(ada.submit("word_count", "to be or not to be")) == 6
            refused = {"operation": "word_count", "data": 7}
            assert ada.client.post("/jobs", json=refused, headers=ada.headers).status_code == 422
        assert _from_a_shell(url, folder) == "14"
        [(code, printed)] = printing("readme")
        assert _python(code.replace(ADDRESS, url)) == printed
        children = descendants(up.pid)
        up.send_signal(signal.SIGTERM)
        asked = time.monotonic()
        assert up.wait(30) == 0, log.read_text()
        assert (took := time.monotonic() - asked) < 5, f"{took:.1f} s\n{log.read_text()}"
        assert not alive(children)


def test_the_first_job_without_any_server(tmp_path: Path) -> None:
    words = block("memory").split()
    assert words[:3] == ["JOBPROC_PROFILE=memory", ".venv/bin/jobproc", "api"]
    port = str(free_port())
    url = f"http://127.0.0.1:{port}"
    with (
        started(tmp_path, "api", "--port", port, PROFILE="memory"),
        Visitor.at(url, username="bob"),
    ):
        assert _first_job(url) == '{"status":"SUCCESS","result":14}'
        assert _first_job(url, door="/login") == '{"status":"SUCCESS","result":14}'


def _first_job(url: str, door: str = "/register") -> str:
    code = block("first job")
    assert ADDRESS in code
    done = subprocess.run(
        ["sh", "-c", code.replace(ADDRESS, url).replace("/register", door)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip() or done.stderr


def _from_a_shell(url: str, folder: Path) -> str:
    code = block("shell").replace(ADDRESS, url).replace("--username ada", "--username ada --password-stdin")
    programs = str(Path(sys.executable).parent)
    done = subprocess.run(
        ["sh", "-c", code.replace(".venv/bin", programs)],
        env=environment() | {"XDG_CONFIG_HOME": str(folder)},
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip() or done.stderr


def _python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stdout.strip() or done.stderr


@pytest.mark.parametrize("name", ["demo", "up", "first job", "operation", "own operation", "memory", "shell"])
def test_every_block_of_the_readme_is_run_by_a_test(name: str) -> None:
    assert len(blocks(name, README)) == 1
    assert README.read_text().count("```sh") == 6
