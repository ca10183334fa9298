"""The program as its users start it, and a look at what it leaves behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

PASSWORD = "correct-horse-9"
KEYS = "test:" + "k" * 32


@dataclass(frozen=True, slots=True)
class Program:
    """A running `jobproc …`, with everything it has written so far."""

    process: subprocess.Popen[bytes]
    log: Path

    def text(self) -> str:
        """Standard output and standard error."""
        return self.log.read_text()

    def end(self, word: signal.Signals = signal.SIGTERM, seconds: float = 10) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(word)
        return self.process.wait(seconds)

    def says(self, words: str, seconds: float = 30) -> None:
        """Wait until it has written these words."""
        wait_for(lambda: words in self.text() or self.process.poll() is not None, seconds)
        assert words in self.text(), self.text()


@contextmanager
def started(folder: Path, *words: str, **variables: str) -> Iterator[Program]:
    """Start `jobproc …` with these variables; whatever is left of it at the end is killed."""
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "jobproc", *words],
            env=environment(**variables),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=folder,
        )
    try:
        yield Program(process, log)
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def complete(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `jobproc …` to its end."""
    return complete_python(folder, "-m", "jobproc", *words, **variables)


def complete_python(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `python …` to its end."""
    return subprocess.run(
        [sys.executable, *words],
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
    )


def environment(**variables: str) -> dict[str, str]:
    """Nothing of the test run's own settings, and neither limits nor delays unless they are asked for."""
    variables = dict.fromkeys(("RATE_LIMIT_AUTH", "RATE_LIMIT_SUBMIT", "RATE_LIMIT_READ"), "off") | variables
    variables = {"STOP_DELAY_SECONDS": "0"} | variables
    kept = {name: value for name, value in os.environ.items() if not name.startswith("JOBPROC_")}
    return kept | {f"JOBPROC_{name}" if name.isupper() else name: value for name, value in variables.items()}


def production(database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The variables of a service on these servers."""
    return {"DATABASE_URL": database_url, "REDIS_URL": redis_url, "JWT_KEYS": KEYS, **more}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def wait_for(is_so: Callable[[], object], seconds: float = 20, *, tell: Callable[[], object] = str) -> None:
    """Return as soon as it is so; after that time, fail, and tell how it is instead."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"it did not come to be in time{tell()}"
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    """The processes that this one has started, and those that they have started."""
    parents = dict(_parents())
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def alive(pids: set[int]) -> set[int]:
    """Those that still run."""
    return {pid for pid, _ in _parents() if pid in pids}


def resident_bytes(pid: int) -> int:
    """Memory that the process has in use."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])


def _parents() -> Iterator[tuple[int, int]]:
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        if state != "Z":
            yield int(folder.name), int(parent)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who uses the service over HTTP."""

    client: httpx2.Client
    headers: Mapping[str, str]

    @classmethod
    @contextmanager
    def at(cls, url: str, path: str = "/register", username: str = "ada") -> "Iterator[Visitor]":
        """Register or log in, as soon as somebody answers."""
        with httpx2.Client(base_url=url, trust_env=False, timeout=10) as client:
            wait_for(lambda: _answers(client), 40)
            answer = client.post(path, json={"username": username, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield cls(client, {"Authorization": f"Bearer {answer.json()['access_token']}"})

    def submit(self, operation: str = "square_sum", data: Any = (1, 2, 3)) -> str:
        """The id of a new job."""
        body = {"operation": operation, "data": data}
        answer = self.client.post("/jobs", json=body, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["job_id"])

    def status(self, job: str) -> str:
        """Where it stands."""
        return str(self.client.get(f"/jobs/{job}/status", headers=self.headers).json()["status"])

    def result(self, job: str, seconds: float = 20) -> Any:
        """The result of a job that succeeds in time."""
        wait_for(lambda: self.status(job) in ("SUCCESS", "FAILED"), seconds)
        answer = self.client.get(f"/jobs/{job}/result", headers=self.headers).json()
        assert answer["status"] == "SUCCESS", answer
        return answer["result"]


def _answers(client: httpx2.Client) -> bool:
    try:
        return client.get("/livez").status_code == 200
    except httpx2.TransportError:
        return False
