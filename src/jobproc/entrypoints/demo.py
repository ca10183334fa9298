"""`jobproc demo`: real jobs through the real service, shown as they go."""

import secrets
import socket
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from jobproc.domain.errors import Unavailable
from jobproc.entrypoints.signals import stop_on_signals
from jobproc.entrypoints.stack import running_stack

JOB_SECONDS = 30
LAST_LINES = 40
FIRST_PORT, PORTS = 20_000, 12_000
JOBS = [("square_sum", [1, 2, 3], 14), ("cube_sum", [1, 2, 3], 36)]


def run_demo() -> None:
    """Start, register, submit, watch, compare, stop; whatever is wrong raises, after the service's last words."""
    stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="jobproc-demo-") as folder:
        log = Path(folder, "service.log")
        try:
            _run(Path(folder), log)
        except Unavailable:
            print(_last_words(log), file=sys.stderr)
            raise
        print("\nEverything is stopped. `./dev up` keeps it running.")


def _run(folder: Path, log: Path) -> None:
    print("Starting Postgres, Valkey, the API, a worker and maintenance …", flush=True)
    started = time.monotonic()
    with running_stack(folder, host="127.0.0.1", port=_free_port(), slots=2, log=log) as stack:
        print(f"Ready at {stack.url} after {time.monotonic() - started:.1f} s.\n", flush=True)
        with httpx2.Client(base_url=stack.url, trust_env=False) as client:
            _show(client)


def _last_words(log: Path) -> str:
    return "\n".join(log.read_text().splitlines()[-LAST_LINES:]) if log.exists() else ""


def _show(client: httpx2.Client) -> None:
    user = Visitor.register(client)
    for operation, data, expected in JOBS:
        result = user.follow(user.submit(operation, data))
        if result != expected:
            raise Unavailable(f"{operation} {data} gave {result} instead of {expected}.")
        print(f"{operation} {data} = {result}", flush=True)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who uses the service over HTTP."""

    client: httpx2.Client
    headers: dict[str, str]

    @classmethod
    def register(cls, client: httpx2.Client) -> "Visitor":
        """A new user with a name and a password that nobody has."""
        username = f"demo-{secrets.token_hex(4)}"
        body = {"username": username, "password": secrets.token_urlsafe(16)}
        token = _answer(client.post("/register", json=body))["access_token"]
        print(f"Registered {username}.", flush=True)
        return cls(client, {"Authorization": f"Bearer {token}"})

    def submit(self, operation: str, data: list[int]) -> str:
        """The id of a new job."""
        body = {"operation": operation, "data": data}
        answer = _answer(self.client.post("/jobs", json=body, headers=self.headers))
        print(f"\n{operation} {data}\n  {answer['job_id']}  {answer['status']}", flush=True)
        return str(answer["job_id"])

    def follow(self, job: str) -> Any:
        """Show each change of status as it comes; the result."""
        seen, deadline = "PENDING", time.monotonic() + JOB_SECONDS
        while time.monotonic() < deadline:
            answer = _answer(self.client.get(f"/jobs/{job}/result", headers=self.headers))
            if answer["status"] != seen:
                seen = answer["status"]
                print(f"  {job}  {seen}", flush=True)
            if seen in ("SUCCESS", "FAILED"):
                return answer["result"]
            time.sleep(0.002)
        raise Unavailable(f"Job {job} was still {seen} after {JOB_SECONDS} s.")


def _answer(response: httpx2.Response) -> Any:
    if response.status_code != 200:
        raise Unavailable(f"{response.request.url} answered {response.status_code}: {response.text}")
    return response.json()


def _free_port() -> int:
    """Below those that systems give to connections: one of them may be taken again before the API has it."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
