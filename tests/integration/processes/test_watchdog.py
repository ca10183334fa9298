"""A worker whose loop stands still ends itself, so that another one may take its place."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.integration.processes.running import (
    Visitor,
    environment,
    free_port,
    production,
    started,
)

# Whether to try again is asked in the worker itself, by the classes of whoever wrote the operation.
OPERATIONS = '''
import time
from jobproc import operation

class Slow(type):
    def __instancecheck__(cls, error):
        time.sleep(1000)

class Blocking(Exception, metaclass=Slow):
    pass

@operation(timeout=0.2, retry_on=(Blocking,))
def block(data: None) -> None:
    """Take too long."""
    time.sleep(1000)
'''
PATIENCE = 3.0
WORKER = f"""
import sys
from jobproc.entrypoints.settings import load_settings
from jobproc.entrypoints.worker import run_worker
sys.exit(run_worker(load_settings(), slots=1, patience={PATIENCE}))
"""


@contextmanager
def worker(folder: Path, variables: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A worker that is less patient than others."""
    (folder / "blocking.py").write_text(OPERATIONS)
    with subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=environment(OPERATIONS="blocking", **variables),
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
    ) as process:
        yield process
        process.kill()


def test_a_worker_whose_loop_stands_still_says_so_and_ends(
    folder: Path, database_url: str, redis_url: str, visit: Callable[..., Visitor]
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with worker(folder, variables) as process:
        with started(folder, "api", "--port", port, OPERATIONS="blocking", **variables):
            visit(f"http://127.0.0.1:{port}").submit("block", None)
            assert process.wait(PATIENCE + 20) == 70
        assert process.stderr
        assert "the worker's loop stood still for 3 s" in process.stderr.read()


def test_a_worker_that_was_frozen_as_a_whole_goes_on(
    folder: Path, database_url: str, redis_url: str, visit: Callable[..., Visitor]
) -> None:
    variables, port = production(database_url, redis_url), str(free_port())
    with (
        worker(folder, variables) as process,
        started(folder, "api", "--port", port, OPERATIONS="blocking", **variables),
    ):
        ada = visit(f"http://127.0.0.1:{port}")
        assert ada.result(ada.submit()) == 14
        process.send_signal(signal.SIGSTOP)
        time.sleep(PATIENCE * 1.5)
        process.send_signal(signal.SIGCONT)
        assert ada.result(ada.submit()) == 14
        time.sleep(PATIENCE / 2)
        assert process.poll() is None
