"""The pages on using a service, run in their order against one in a single process."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, printing
from tests.integration.processes.commanding import Seat
from tests.integration.processes.running import PASSWORD, Visitor, environment, free_port, started

pytestmark = [pytest.mark.real, pytest.mark.slow]

ADDRESS = "http://127.0.0.1:8000"
PAGE = ROOT / "docs" / "how-to" / "use-the-command-line.md"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    port = str(free_port())
    address = f"http://127.0.0.1:{port}"
    with (
        started(tmp_path, "api", "--port", port, PROFILE="memory"),
        Visitor.at(address, username="early-bird"),
    ):
        yield address


def test_the_python_that_is_shown_prints_what_the_page_says(url: str) -> None:
    shown = printing("client")
    assert len(shown) == 4
    for code, printed in shown:
        assert ADDRESS in code
        done = subprocess.run(
            [sys.executable, "-c", code.replace(ADDRESS, url)],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.stdout == f"{printed}\n", done.stderr


def test_the_commands_that_are_shown_do_what_the_page_says(url: str, tmp_path: Path) -> None:
    login, submit, read, follow, script, shown_as_json = blocks("command line", PAGE)
    seat = Seat(tmp_path, url)
    words = login.replace(ADDRESS, url).split()[1:]
    assert seat(*words, "--password-stdin", stdin=PASSWORD).returncode == 0
    assert run(seat, submit).splitlines() == ["14"]
    assert run(seat, read).splitlines() == ["14", "36"]
    result, shown, listed = run(seat, follow).splitlines()
    assert (result, "nightly" in shown, "nightly" in listed) == ("41", True, True)
    assert run(seat, script) == "done\n"
    assert (tmp_path / "result.json").read_text() == "14\n"
    assert run(seat, shown_as_json).splitlines() == ["SUCCESS", "9"]


def run(seat: Seat, code: str) -> str:
    command = f"set -eu; jobproc() {{ '{sys.executable}' -m jobproc \"$@\"; }}; {code}"
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=seat.folder,
        env=environment() | {"XDG_CONFIG_HOME": str(seat.folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
