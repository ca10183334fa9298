"""A signal ends each part at any moment of its life: while it starts, and while it waits."""

import signal
from pathlib import Path

import pytest

from tests.integration.processes.running import alive, descendants, free_port, production, started, wait_for


@pytest.mark.parametrize("name", ["api", "worker", "maintenance"])
def test_a_part_that_is_stopped_while_it_starts_ends_with_exit_code_0(
    folder: Path, database_url: str, redis_url: str, name: str
) -> None:
    with started(folder, name, **production(database_url, redis_url, PORT=str(free_port()))) as program:
        wait_for(lambda: _hears(program.process.pid, signal.SIGTERM))
        assert program.end() == 0, program.text()
        assert "Traceback" not in program.text()


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


def _hears(pid: int, word: signal.Signals) -> bool:
    """Whether the process has a handler for the signal."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return bool(int(line.split()[1], 16) >> (word - 1) & 1)
    return False
