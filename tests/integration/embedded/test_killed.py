"""A supervisor that is killed without a word leaves nothing behind that would matter."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="death signals are Linux's own")

_SUPERVISOR = """
import sys, time
from pathlib import Path
from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.valkey import EmbeddedValkey
folder = Path(sys.argv[1])
servers = [EmbeddedPostgres(folder / "postgres", fsync=False), EmbeddedValkey(folder / "valkey")]
for server in servers:
    server.start()
print(*(server.process.pid for server in servers), flush=True)
time.sleep(60)
"""


@contextmanager
def supervisor(folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A process of its own with both servers, and their process ids."""
    command = [sys.executable, "-c", _SUPERVISOR, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, [int(pid) for pid in process.stdout.readline().split()]
        finally:
            process.kill()


def runs(pid: int) -> bool:
    """One that only waits to be collected by its parent has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_no_server_outlives_a_killed_supervisor_by_two_seconds(private_folder: Path, mode: int) -> None:
    private_folder.chmod(mode)
    with supervisor(private_folder) as (process, servers):
        assert len(servers) == 2
        assert all(map(runs, servers))
        process.kill()
        deadline = time.monotonic() + 2
        while any(map(runs, servers)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not any(map(runs, servers))


def test_the_next_start_need_not_wait_for_the_end_of_the_last(folder: Path) -> None:
    with supervisor(folder) as (process, _):
        process.kill()
        process.wait()
        servers = EmbeddedPostgres(folder / "postgres", fsync=False), EmbeddedValkey(folder / "valkey")
        for server in servers:
            server.start()
        for server in servers:
            server.stop()
