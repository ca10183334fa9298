"""Each end of a command has its exit code, the same in a pipe and at a terminal, with a message on stderr alone."""

from dataclasses import dataclass

import pytest

from tests.integration.processes.commanding import Seat
from tests.integration.processes.running import free_port

pytestmark = [pytest.mark.real, pytest.mark.slow]
SOME = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"


@dataclass(frozen=True, slots=True)
class End:
    """What is called, and how that ends."""

    code: int
    words: tuple[str, ...]
    told: str
    printed: str = ""
    logged_in: bool = True
    token: str = ""


ENDS = {
    "done": End(0, ("submit", "square_sum", "[1, 2, 3]", "--wait"), "", "14\n"),
    "failed": End(1, ("submit", "refuse", '"not today"', "--wait"), "ValueError: not today"),
    "refused": End(1, ("submit", "nothing", "[]"), "Supported operations"),
    "not there": End(1, ("show", SOME), "job not found"),
    "usage": End(2, ("submit", "square_sum", "[1"), "not JSON"),
    "not logged in": End(3, ("jobs",), "jobproc login", logged_in=False),
    "no service": End(4, ("jobs",), "No answer from http://127.0.0.1:", logged_in=False, token="jp_any"),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_in_a_pipe(ada: Seat, nobody: Seat, end: End) -> None:
    seat = ada if end.logged_in else nobody
    done = seat(*end.words, URL=place(seat, end), TOKEN=end.token)
    assert (done.returncode, done.stdout) == (end.code, end.printed), done.stderr
    assert end.told.lower() in done.stderr.lower()
    assert not set("\x1b╭│") & set(done.stderr)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_at_a_terminal(ada: Seat, nobody: Seat, end: End) -> None:
    seat = ada if end.logged_in else nobody
    with seat.at_terminal(*end.words, URL=place(seat, end), TOKEN=end.token) as terminal:
        assert terminal.ends() == end.code, terminal.screen
        assert terminal.stdout.read_text() == end.printed
        assert end.told.lower() in terminal.screen.lower()
        assert "Traceback" not in terminal.screen


def test_a_cancelled_job_in_a_pipe_and_at_a_terminal(ada: Seat) -> None:
    job = ada("submit", "nap", "20").stdout.strip()
    with ada.at_terminal("watch", job) as terminal:
        terminal.shows("IN_PROGRESS")
        assert ada("cancel", job).returncode == 0
        assert terminal.ends() == 5
        assert terminal.stdout.read_text() == ""
        assert "was cancelled" in terminal.screen
    done = ada("watch", job)
    assert (done.returncode, done.stdout) == (5, "")
    assert "was cancelled" in done.stderr


def place(seat: Seat, end: End) -> str:
    """The service, or for who comes with a token a place where nobody listens."""
    return f"http://127.0.0.1:{free_port()}" if end.token else seat.url
