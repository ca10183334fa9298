"""The commands that use a service: results on stdout, everything else on stderr, and an exit code for each end."""

import json
import os
import socket
import socketserver
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.integration.processes.commanding import Seat
from tests.integration.processes.running import PASSWORD, environment, wait_for

pytestmark = [pytest.mark.real, pytest.mark.slow]

ESCAPE = "\x1b["


def test_the_login_is_kept_in_a_file_that_only_its_owner_can_read(ada: Seat) -> None:
    kept = ada.credentials.stat()
    assert stat.S_IMODE(kept.st_mode) == 0o600
    assert stat.S_IMODE(ada.credentials.parent.stat().st_mode) == 0o700
    assert [each.name for each in ada.credentials.parent.iterdir()] == ["credentials.json"]
    assert PASSWORD not in ada.credentials.read_text()


def test_submitting_prints_the_id_and_waiting_prints_the_result(ada: Seat) -> None:
    done = ada("submit", "square_sum", "[1, 2, 3]")
    assert (done.returncode, done.stderr) == (0, "")
    shown = json.loads(ada("show", done.stdout.strip(), "--json").stdout)
    assert (shown["operation"], shown["data"]) == ("square_sum", [1, 2, 3])
    waited = ada("submit", "square_sum", "-", "--wait", stdin="[1, 2, 3]")
    assert (waited.returncode, waited.stdout) == (0, "14\n")
    assert waited.stderr.split() == ["PENDING", "IN_PROGRESS", "SUCCESS"]


def test_every_option_of_a_job_can_be_given(ada: Seat, tmp_path: Path) -> None:
    (tmp_path / "data.json").write_text(f"[{10**999}]")
    options = "--priority 5 --delay-seconds 3600 --timeout-seconds 9 --max-attempts 2 --retention-seconds 60"
    more = ["--tag", "a", "--tag", "b", "--key", "monday", "--json"]
    words = ("submit", "square_sum", f"@{tmp_path / 'data.json'}", *options.split(), *more)
    job = json.loads(ada(*words).stdout)
    named = ("priority", "timeout_seconds", "max_attempts", "tags", "status", "data")
    assert [job[name] for name in named] == [5, 9, 2, ["a", "b"], "SCHEDULED", [10**999]]
    assert json.loads(ada(*words).stdout)["id"] == job["id"]
    assert ada("cancel", job["id"]).stdout == f"{job['id']}\tCANCELLED\n"
    [listed] = json.loads(ada("jobs", "--tag", "b", "--status", "cancelled", "--json").stdout)
    assert listed["id"] == job["id"]
    line = ada("jobs", "--tag", "a", "--limit", "1").stdout
    assert line.startswith(f"{job['id']}\tCANCELLED\tsquare_sum\t")
    assert ESCAPE not in line
    assert "data             [1" in ada("show", job["id"]).stdout


def test_in_a_pipe_progress_is_plain_lines_beside_the_result(ada: Seat) -> None:
    done = ada("submit", "nap", "0.5", "--wait")
    assert (done.returncode, done.stdout) == (0, '"slept"\n')
    assert "10/10 breath 9\nSUCCESS\n" in done.stderr
    assert ESCAPE not in done.stderr


def test_at_a_terminal_progress_is_a_bar_beside_the_result(ada: Seat) -> None:
    with ada.at_terminal("submit", "nap", "1.5", "--wait") as terminal:
        terminal.shows(r"━.*\d+/10.*breath")
        assert terminal.ends() == 0
        assert ESCAPE in terminal.screen
        assert terminal.stdout.read_text() == '"slept"\n'


def test_ctrl_c_says_how_to_watch_on(ada: Seat) -> None:
    job = ada("submit", "nap", "20").stdout.strip()
    with ada.at_terminal("watch", job) as terminal:
        terminal.shows("IN_PROGRESS")
        terminal.interrupt()
        assert terminal.ends() == 130
        assert f"jobproc watch {job}" in terminal.screen
        assert "Traceback" not in terminal.screen
    assert ada("cancel", job).returncode == 0
    watched = ada("watch", job)
    assert (watched.returncode, watched.stdout) == (5, "")
    assert "cancelled" in watched.stderr


def test_what_is_left_out_is_asked_for_at_a_terminal_and_a_password_is_not_shown(nobody: Seat) -> None:
    with nobody.at_terminal("login", "--url", nobody.url) as terminal:
        terminal.shows("Username")
        terminal.type("early-bird\n")
        # With the space: what is typed while the terminal still shows it would be lost.
        terminal.shows("Password: ")
        terminal.type(f"{PASSWORD}\n")
        assert terminal.ends() == 0
        assert "Logged in" in terminal.screen
        assert PASSWORD not in terminal.screen
    assert nobody("jobs").returncode == 0


def test_the_list_can_be_watched_as_it_changes(ada: Seat) -> None:
    with ada.at_terminal("jobs", "--watch", "--tag", "watched", whole=True) as terminal:
        terminal.shows("status")
        job = ada("submit", "nap", "1", "--tag", "watched").stdout.strip()
        terminal.shows(f"{job}.*SUCCESS")
        terminal.interrupt()
        assert terminal.ends() == 130
        assert "Traceback" not in terminal.screen


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["lines", "json"])
def test_what_is_watched_goes_to_a_file_as_a_line_for_each_change(ada: Seat, more: tuple[str, ...]) -> None:
    job = ada("submit", "square_sum", "[1]", "--wait", "--json", "--tag", f"kept{more}").stdout
    with ada.at_terminal("jobs", "--watch", "--tag", f"kept{more}", *more) as terminal:
        wait_for(lambda: "SUCCESS" in terminal.stdout.read_text())
        terminal.interrupt()
        assert terminal.ends() == 130
        [line] = terminal.stdout.read_text().splitlines()
    assert (json.loads(line)["id"] if more else line.split("\t")[0]) == json.loads(job)["id"]
    assert ESCAPE not in line


def test_at_a_terminal_the_list_is_a_table(ada: Seat) -> None:
    job = ada("submit", "square_sum", "[1]", "--wait", "--json", "--tag", "shown").stdout
    with ada.at_terminal("jobs", "--tag", "shown", whole=True) as terminal:
        assert terminal.ends() == 0
        assert "created_at" in terminal.screen
        assert json.loads(job)["id"] in terminal.screen


def test_who_has_read_enough_of_a_list_may_go(ada: Seat) -> None:
    ada("submit", "square_sum", "[1]")
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as nobody_reads:
        done = ada("jobs", stdout=nobody_reads)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_failed_job_is_exit_code_1_and_says_why(ada: Seat) -> None:
    done = ada("submit", "refuse", '"not today"', "--wait")
    assert (done.returncode, done.stdout) == (1, "")
    assert "ValueError: not today" in done.stderr
    [job] = json.loads(ada("jobs", "--status", "FAILED", "--limit", "1", "--json").stdout)
    assert ada("show", job["id"]).returncode == 0
    again = ada("watch", job["id"], "--json")
    assert (again.returncode, json.loads(again.stdout)["error"]["code"]) == (1, "operation_failed")
    assert ada("retry", job["id"]).stdout == f"{job['id']}\tPENDING\n"


def test_a_refusal_is_exit_code_1_and_says_what_to_do(ada: Seat) -> None:
    done = ada("submit", "nothing", "[1]")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Supported operations: cube_sum, nap, refuse, square_sum" in done.stderr
    wrong = ada("submit", "square_sum", '["1"]')
    assert wrong.returncode == 1
    assert "/data/0: Input should be a valid integer" in wrong.stderr


def test_one_refusal_does_not_spare_the_other_jobs(ada: Seat) -> None:
    job = ada("submit", "square_sum", "[1]", "--delay-seconds", "3600").stdout.strip()
    unknown = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"
    done = ada("cancel", unknown, job)
    assert (done.returncode, done.stdout) == (1, f"{job}\tCANCELLED\n")
    assert done.stderr.startswith("jobproc: ")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("submit", "square_sum", "[1"), "not JSON"),
        (("submit", "square_sum", "[" * 100_000), "nested too deeply"),
        (("submit", "square_sum", "@/nowhere"), "cannot read"),
        (("submit", "square_sum", "[NaN]"), "NaN"),
        (("submit", "square_sum"), "data"),
        (("submit", "square_sum", "1", "--run-at", "tomorrow"), "--run-at"),
        (("jobs", "--limit", "0"), "--limit"),
        (("jobs", "--status", "done"), "SCHEDULED, PENDING"),
        (("show", "7"), "no id of a job"),
        (("cancel", "7"), "`jobproc jobs`"),
        (("login", "--url", "127.0.0.1:8000", "--username", "ada", "--password-stdin"), "https://"),
        (("login", "--username", "ada"), "--password-stdin"),
    ],
)
def test_wrong_usage_is_exit_code_2_and_names_what_is_wrong(
    nobody: Seat, words: tuple[str, ...], told: str
) -> None:
    done = nobody(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert told.lower() in done.stderr.lower()


def test_without_a_login_it_is_exit_code_3_and_says_how_to_log_in(nobody: Seat) -> None:
    for done in (nobody("jobs"), nobody("jobs", URL=nobody.url, TOKEN="jp_wrong")):
        assert (done.returncode, done.stdout) == (3, "")
    assert "jobproc login" in nobody("show", "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10").stderr
    words = ("login", "--url", nobody.url, "--username", "early-bird", "--password-stdin")
    wrong = nobody(*words, stdin="wrong-horse-9")
    assert wrong.returncode == 3
    assert not nobody.credentials.exists()


def test_what_answers_otherwise_than_the_service_is_said_to(nobody: Seat) -> None:
    with serving(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno") as url:
        done = nobody("login", "--url", url, "--username", "ada", "--password-stdin", stdin=PASSWORD)
    assert done.returncode == 1
    assert "not as jobproc does. Check the URL." in done.stderr


def test_a_token_goes_to_no_other_service_than_its_own(ada: Seat) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.setblocking(False)
        done = ada("jobs", URL=f"http://127.0.0.1:{stranger.getsockname()[1]}")
        assert done.returncode == 3
        assert ada.url in done.stderr
        with pytest.raises(BlockingIOError):
            stranger.accept()


def test_variables_stand_in_for_a_login(ada: Seat, nobody: Seat) -> None:
    token = json.loads(ada.credentials.read_text())["access_token"]
    done = nobody("submit", "square_sum", "[2]", "--wait", URL=ada.url, TOKEN=token)
    assert (done.returncode, done.stdout) == (0, "4\n")
    assert not nobody.credentials.exists()


def test_the_help_has_examples_and_names_the_variables(nobody: Seat) -> None:
    told = " ".join(nobody("submit", "--help").stdout.split())
    assert "jobproc submit square_sum '[1, 2, 3]' --wait" in told
    assert "JOBPROC_SUBMIT_WAIT" in told
    assert "--install-completion" in nobody("--help").stdout


def test_the_operations_of_the_service_are_listed_as_those_of_this_machine_are(ada: Seat) -> None:
    here = ada("operations").stdout.splitlines()
    there = ada("operations", "--service").stdout.splitlines()
    assert set(here) <= set(there)
    assert "nap(float) -> str  Sleep." in there
    [cubes, squares] = json.loads(ada("operations", "--json").stdout)
    assert {"name", "summary", "input_schema", "output_schema", "limits", "examples"} <= cubes.keys()
    shown = json.loads(ada("operations", "--service", "--json").stdout)
    assert [each for each in shown if each["name"] in ("cube_sum", "square_sum")] == [cubes, squares]


def test_a_shell_completes_commands_operations_and_jobs(ada: Seat) -> None:
    job = ada("submit", "square_sum", "[1]").stdout.strip()
    assert completed(ada, "jobproc", "sub") == ["submit"]
    assert completed(ada, "jobproc", "submit", "squ") == ["square_sum"]
    assert job in completed(ada, "jobproc", "show", job[:8])
    assert completed(ada, "jobproc", "jobs", "--status", "FA") == ["FAILED"]


def test_a_shell_completes_nothing_where_nobody_is_logged_in(nobody: Seat) -> None:
    assert completed(nobody, "jobproc", "submit", "squ") == []


def completed(seat: Seat, *words: str) -> list[str]:
    """What bash is told."""
    done = subprocess.run(
        [str(Path(sys.executable).with_name("jobproc"))],
        env=environment()
        | {"XDG_CONFIG_HOME": str(seat.folder), "_JOBPROC_COMPLETE": "complete_bash"}
        | {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.split()


@contextmanager
def serving(answer: bytes) -> Iterator[str]:
    """A server that answers the same to everything, once for each connection."""

    class Door(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
