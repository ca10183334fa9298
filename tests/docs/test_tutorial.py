"""The tutorial, followed on the real service; only the address and the place of the data are the test's."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, reachable
from tests.integration.processes.running import PASSWORD, environment, free_port, started

pytestmark = [pytest.mark.real, pytest.mark.slow]
PAGE = ROOT / "docs" / "tutorial" / "first-job.md"
ADDRESS = "http://127.0.0.1:8000"


def test_whoever_follows_the_tutorial_sees_what_it_says(tmp_path: Path) -> None:
    folder = reachable(tmp_path)
    login, asked, submitted, refused = blocks("tutorial", PAGE)
    counted, left = blocks("tutorial more", PAGE)
    [up], [ended] = blocks("tutorial up", PAGE), blocks("tutorial end", PAGE)
    [operation] = blocks("operation", PAGE)
    (folder / "words.py").write_text(operation)
    port = free_port()
    with service(folder, up, port):
        login = login.replace(ADDRESS, f"http://127.0.0.1:{port}").rstrip() + " --password-stdin"
        type_in(folder, login.partition("\n")[2])
        assert "square_sum(list[int]) -> int" in type_in(folder, asked)
        assert type_in(folder, submitted) == "14\n"
        assert type_in(folder, refused) == "refused with 1\n"
        assert type_in(folder, counted) == '{"to": 2, "be": 2, "or": 1, "not": 1}\n'
        job = type_in(folder, left).strip()
    with service(folder, up, port):
        assert '"sixteen": 1}' in type_in(folder, f"JOB={job}; {ended}")


@contextmanager
def service(folder: Path, up: str, port: int) -> Iterator[None]:
    """What the page starts in the first terminal, until Ctrl-C."""
    variables = dict(re.findall(r"(\w+)=(\S+) ", up))
    assert variables == {"PYTHONPATH": ".", "JOBPROC_OPERATIONS": "words"}
    own = {name.removeprefix("JOBPROC_"): value for name, value in variables.items()}
    words = ("up", "--port", str(port), "--data", str(folder / "data"))
    with started(folder, *words, OPERATIONS=own["OPERATIONS"], PYTHONPATH=".") as running:
        running.says("jobproc is running at")
        yield
        assert running.end(signal.SIGINT) == 0, running.text()


def type_in(folder: Path, code: str) -> str:
    """In the second terminal."""
    done = subprocess.run(
        ["bash", "-c", code],
        cwd=folder,
        env=environment()
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "XDG_CONFIG_HOME": str(folder)},
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
