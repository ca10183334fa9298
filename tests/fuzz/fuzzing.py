"""One run of the fuzzer against a real API on the memory profile."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import httpx2

from tests.integration.processes.running import PASSWORD, free_port, started, wait_for

HERE = Path(__file__).parent
# A live stream has no end, and who logs out has no more to say.
ENDLESS = r"^/v1/(events$|auth/logout|me/password)"
UNLIMITED = {f"RATE_LIMIT_{name}": "off" for name in ("AUTH", "SUBMIT", "READ")}


def fuzz(seconds: int, *options: str) -> subprocess.CompletedProcess[str]:
    """Send all sorts of requests for about so long; a failed check is exit code 1."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        tempfile.TemporaryDirectory() as folder,
        started(Path(folder), "api", "--port", str(port), PROFILE="memory", **UNLIMITED),
    ):
        wait_for(lambda: _answers(url))
        ada, bob = (_register(url, name) for name in ("ada", "bob"))
        return _run(folder, _command(url, seconds, options), JOBPROC_FUZZ_ADA=ada, JOBPROC_FUZZ_BOB=bob)


def _run(folder: str, command: Sequence[str], **users: str) -> subprocess.CompletedProcess[str]:
    variables = {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(HERE.parents[1])}
    return subprocess.run(
        command, env=os.environ | variables | users, cwd=folder, text=True, capture_output=True, check=False
    )


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/livez").is_success
    except httpx2.TransportError:
        return False


def _register(url: str, name: str) -> str:
    answer = httpx2.post(f"{url}/v1/auth/register", json={"username": name, "password": PASSWORD})
    return str(answer.json()["access_token"])


def _command(url: str, seconds: int, options: Sequence[str]) -> list[str]:
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml")]
    chosen = ["--max-time", str(seconds), "--exclude-path-regex", ENDLESS, "--continue-on-failure"]
    return [*program, "run", f"{url}/openapi.json", *chosen, *options]
