"""`jobproc up`: the whole service from nothing, and nothing left of it afterwards."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.processes.running import (
    Program,
    Visitor,
    alive,
    complete,
    descendants,
    free_port,
    started,
    wait_for,
)

Visit = Callable[..., Visitor]


@contextmanager
def service(folder: Path) -> Iterator[tuple[Program, str]]:
    """The service and its address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    with started(folder, "up", "--port", str(port), "--data", str(folder / "data")) as program:
        program.says(f"jobproc is running at {url}")
        yield program, url


def test_a_second_start_is_refused_and_a_later_one_keeps_everything(folder: Path, visit: Visit) -> None:
    with service(folder) as (first, url):
        job = (ada := visit(url)).submit()
        assert ada.result(job) == 14
        second = complete(folder, "up", "--port", str(free_port()), "--data", str(folder / "data"))
        assert second.returncode == 1
        assert f"already running at {url}" in second.stderr
        assert second.stderr.count("\n") == 1
        # Operators need no variables where the service runs.
        assert complete(folder, "users", "list", "--data", str(folder / "data")).stdout.startswith("ada  ")
        children = descendants(first.process.pid)
        began = time.monotonic()
        assert first.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5
        assert not alive(children)
        assert complete(folder, "users", "list", "--data", str(folder / "data")).returncode == 1
    with service(folder) as (later, url):
        ada = visit(url, "/login")
        assert ada.result(job) == 14
        assert ada.result(ada.submit("cube_sum")) == 36
        assert later.end(signal.SIGINT) == 0
        assert "Traceback" not in later.text()


def test_a_killed_supervisor_leaves_no_process_behind(folder: Path) -> None:
    with service(folder) as (program, _):
        children = descendants(program.process.pid)
        assert len(children) > 4
        program.process.kill()
        wait_for(lambda: not alive(children), 10)


def test_a_part_that_ends_by_itself_ends_the_service_with_its_name(folder: Path) -> None:
    with service(folder) as (program, _):
        [pid] = [pid for pid in descendants(program.process.pid) if _runs(pid, "jobproc\0worker\0")]
        os.kill(pid, signal.SIGKILL)
        assert program.process.wait(15) == 1
        assert "worker ended by itself" in program.text()


def test_a_taken_port_is_told_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = str(holder.getsockname()[1])
        refused = complete(folder, "up", "--port", port, "--data", str(folder / "data"))
    assert refused.returncode == 1
    assert f"127.0.0.1:{port}" in refused.stderr
    assert "--port" in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (folder / "data" / "postgres").exists()


def test_the_demo_shows_real_jobs_and_stops(folder: Path) -> None:
    done = complete(folder, "demo")
    assert done.returncode == 0, done.stderr
    for line in ("square_sum [1, 2, 3] = 14", "cube_sum [1, 2, 3] = 36", "PENDING", "SUCCESS"):
        assert line in done.stdout


def _runs(pid: int, words: str) -> bool:
    try:
        return words in Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return False
