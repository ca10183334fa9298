"""The pages on backing up and restoring, run as they stand with the tools of Postgres."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from jobproc.adapters.embedded.binaries import postgres_bin
from tests.docs.pages import ROOT, blocks
from tests.integration.processes.running import Visitor, complete, environment, free_port, production, started

pytestmark = [pytest.mark.real, pytest.mark.slow]
PAGE = ROOT / "docs" / "how-to" / "back-up.md"


def run(code: str, folder: Path, **variables: str) -> str:
    """With `jobproc` and tools that are as new as the server."""
    tools = postgres_bin()
    if not (tools / "pg_dump").exists():
        tools = Path(shutil.which("pg_dump") or pytest.skip("there is no pg_dump")).parent
    own = f"{tools}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-c", code],
        cwd=folder,
        env=environment(**variables) | {"PATH": own},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout + done.stderr


def test_what_was_backed_up_is_there_after_a_restore_and_what_waited_runs(
    tmp_path: Path, database_url: str, empty_database_url: str, redis_url: str
) -> None:
    [back_up], [restore] = blocks("back up", PAGE), blocks("restore", PAGE)
    before, after = production(database_url, redis_url), production(empty_database_url, redis_url)
    port = str(free_port())
    with started(tmp_path, "api", "--port", port, **before), Visitor.at(f"http://127.0.0.1:{port}") as ada:
        waiting = ada.submit()
        assert run(back_up, tmp_path, **before) == ""
    told = run(restore, tmp_path, **after)
    assert "ok        schema" in told, told
    assert "1 square_sum (oldest" in told, told
    with (
        started(tmp_path, "api", "--port", port, **after),
        started(tmp_path, "worker", **after),
        Visitor.at(f"http://127.0.0.1:{port}", "/login") as ada,
    ):
        assert ada.result(waiting) == 14
    assert complete(tmp_path, "users", "list", **after).stdout.startswith("ada ")
