"""A signal ends each part at any moment of its life: while it starts, and while it waits."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.integration.processes.running import (
    Visitor,
    alive,
    complete_python,
    descendants,
    free_port,
    production,
    started,
    wait_for,
)


@pytest.mark.parametrize("name", ["api", "worker", "maintenance"])
def test_a_part_that_is_stopped_while_it_starts_ends_with_exit_code_0(
    folder: Path, database_url: str, redis_url: str, name: str
) -> None:
    with started(folder, name, **production(database_url, redis_url, PORT=str(free_port()))) as program:
        wait_for(lambda: _hears(program.process.pid, signal.SIGTERM))
        assert program.end() == 0, program.text()
        assert "Traceback" not in program.text()


@pytest.mark.parametrize("word", ["SIGTERM", "SIGINT"])
def test_a_signal_ends_a_start_wherever_it_finds_it(folder: Path, word: str) -> None:
    """C code that is interrupted may make another error of whatever a signal raises."""
    program = f"""
exit_on_signals()
try:
    signal.raise_signal(signal.{word})
except BaseException:
    raise TypeError
"""
    ended = run(folder, program)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_signal_that_was_lost_ends_a_running_service_all_the_same(folder: Path) -> None:
    program = """
from jobproc.entrypoints.stack import Stack
from jobproc.entrypoints.up import watch

class Losing:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)

stop_on_signals()
Losing()
watch(Stack("", {}))
"""
    ended = run(folder, program)
    assert ended.returncode == 0
    assert "Exception ignored" in ended.stderr


def test_several_http_processes_that_are_stopped_while_they_start_leave_nothing_behind(
    folder: Path, database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(folder))
    program = f"""
import uvicorn
from jobproc.entrypoints.cli import cli

uvicorn.Config.bind_socket = lambda self: signal.raise_signal(signal.SIGTERM)
cli(["api", "--processes", "2", "--port", "{free_port()}"])
"""
    ended = run(folder, program, **production(database_url, redis_url))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert not list(folder.iterdir())


def run(folder: Path, program: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """These lines of Python, to their end."""
    begin = "import signal\nfrom jobproc.entrypoints.signals import exit_on_signals, stop_on_signals\n"
    return complete_python(folder, "-c", begin + program, **variables)


@pytest.mark.parametrize("word", [signal.SIGTERM, signal.SIGINT])
def test_a_service_that_is_stopped_while_it_starts_leaves_nothing_behind(
    folder: Path, word: signal.Signals
) -> None:
    words = ("up", "--port", str(free_port()), "--data", str(folder / "data"))
    with started(folder, *words) as program:
        wait_for(lambda: len(descendants(program.process.pid)) > 1)
        children = descendants(program.process.pid)
        assert program.end(word) == 0, program.text()
        assert not alive(children)
        assert "Traceback" not in program.text()


@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_service_behind_a_proxy_ends_its_streams_and_itself(
    folder: Path, database_url: str, redis_url: str, processes: str
) -> None:
    port = free_port()
    variables = production(database_url, redis_url, TRUSTED_PROXIES="10.0.0.0/8", PROCESSES=processes)
    with (
        started(folder, "api", "--port", str(port), **variables) as program,
        Visitor.at(f"http://127.0.0.1:{port}") as ada,
        ada.client.stream("GET", "/v1/events", headers=ada.headers) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines)
        began = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        # To its own end: cut off, it would raise.
        assert not [line for line in lines if line.startswith("event")]
        assert program.process.wait(10) == 0, program.text()
        assert time.monotonic() - began < 5
        assert "Traceback" not in program.text()


def _hears(pid: int, word: signal.Signals) -> bool:
    """Whether the process has a handler for the signal."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (word - 1) & 1)
    return False
