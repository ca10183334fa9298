"""All processes of the service on this machine, from nothing but their binaries."""

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import httpx2

from jobproc.adapters.embedded.datafolder import lock, tell_address, tell_settings
from jobproc.adapters.embedded.kept import kept_secret
from jobproc.adapters.embedded.postgres import EmbeddedPostgres
from jobproc.adapters.embedded.processes import stop
from jobproc.adapters.embedded.siblings import launch_sibling
from jobproc.adapters.embedded.valkey import EmbeddedValkey
from jobproc.adapters.postgres.migrate import migrate
from jobproc.domain.errors import Unavailable
from jobproc.entrypoints.listening import place, require_free
from jobproc.entrypoints.signals import stop_if_asked

START_SECONDS = 30
DRAIN_SECONDS = 3
KEY_FILE = "jwt-keys"


@dataclass(frozen=True, slots=True)
class Stack:
    """The running service: where it listens, and its own processes."""

    url: str
    processes: dict[str, subprocess.Popen[bytes]]

    def failed(self) -> str | None:
        """The name of a process that has ended by itself, if any."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)


@contextmanager
def running_stack(
    data: Path, *, host: str, port: int, slots: int, log: Path | None = None
) -> Iterator[Stack]:
    """Start everything, with its data in `data`, and stop it at the end, the other way round.

    The processes write to the terminal, or to `log`. A second start on the same folder is refused.
    """
    with ExitStack() as stack:
        stack.enter_context(lock(data))
        require_free(host, port)
        tell_address(data, _url(host, port))
        environment = _servers(data, stack)
        migrate(environment["JOBPROC_DATABASE_URL"])
        output = stack.enter_context(open(log, "ab")) if log else None
        started = {
            name: _start(words, environment | _door(name), output, stack)
            for name, words in _commands(host, port, slots)
        }
        # All are asked before the first one is waited for, so that they drain side by side.
        for process in started.values():
            stack.callback(process.terminate)
        running = Stack(_url(host, port), started)
        _wait_until_ready(running)
        yield running


def _servers(data: Path, stack: ExitStack) -> dict[str, str]:
    valkey, postgres = EmbeddedValkey(data / "valkey"), EmbeddedPostgres(data / "postgres")
    stack.callback(valkey.stop)
    stack.callback(postgres.stop)
    ours = {
        "JOBPROC_REDIS_URL": valkey.start(),
        "JOBPROC_DATABASE_URL": postgres.start(),
        "JOBPROC_JWT_KEYS": kept_secret(data / KEY_FILE, _new_jwt_keys),
    }
    tell_settings(data, ours)
    return {
        "JOBPROC_DRAIN_SECONDS": str(DRAIN_SECONDS),
        # No balancer is in front, and somebody may wait for the end.
        "JOBPROC_STOP_DELAY_SECONDS": "0",
        **os.environ,
        **ours,
        "JOBPROC_PROFILE": "production",
    }


def _new_jwt_keys() -> str:
    return f"{secrets.token_hex(4)}:{secrets.token_urlsafe(32)}"


def _commands(host: str, port: int, slots: int) -> Iterator[tuple[str, list[str]]]:
    yield "api", ["api", "--host", host, "--port", str(port)]
    yield "worker", ["worker", "--concurrency", str(slots)]
    yield "maintenance", ["maintenance"]


def _door(name: str) -> dict[str, str]:
    """The worker has the port for operators, maintenance the next one: two cannot share it."""
    port = os.environ.get("JOBPROC_METRICS_PORT", "")
    return {"JOBPROC_METRICS_PORT": str(int(port) + 1)} if name == "maintenance" and port.isdecimal() else {}


def _start(
    words: list[str], environment: dict[str, str], output: BinaryIO | None, stack: ExitStack
) -> subprocess.Popen[bytes]:
    process = launch_sibling(words, environment, output)
    stack.callback(stop, process, (signal.SIGTERM, DRAIN_SECONDS + 1.5))
    return process


def _wait_until_ready(running: Stack) -> None:
    deadline = time.monotonic() + START_SECONDS
    with httpx2.Client(trust_env=False) as client:
        while not _answers(client, running.url):
            stop_if_asked()
            if name := running.failed():
                raise Unavailable(f"{name} ended while the service was starting.")
            if time.monotonic() > deadline:
                raise Unavailable(f"{running.url} did not answer within {START_SECONDS} s.")
            time.sleep(0.02)


def _answers(client: httpx2.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/livez").status_code == 200
    except httpx2.TransportError:
        return False


def _url(host: str, port: int) -> str:
    return f"http://{place(host, port)}"
