"""What ships the service starts it: every command, with its own variables, against real servers."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.deploy.files import PARTS, SERVICES, Command, of_compose, of_kubernetes, of_systemd
from tests.integration.processes.running import (
    KEYS,
    Visitor,
    complete,
    free_port,
    production,
    started,
    wait_for,
)

pytestmark = [pytest.mark.slow, pytest.mark.real]
Reading = Callable[[str, Mapping[str, str]], Command]
ENV = {"POSTGRES_PASSWORD": "0123456789abcdef", "JOBPROC_JWT_KEYS": KEYS, "JOBPROC_METRICS_TOKEN": "canary"}


@pytest.mark.parametrize("read", [of_compose, of_kubernetes, of_systemd])
def test_every_part_starts_as_it_is_written_answers_its_look_and_ends(
    tmp_path: Path, empty_database_url: str, redis_url: str, read: Reading
) -> None:
    servers = {"JOBPROC_DATABASE_URL": empty_database_url, "JOBPROC_REDIS_URL": redis_url}
    parts = {part: read(part, ENV | servers) for part in PARTS}
    ports = {part: str(free_port()) for part in PARTS}
    migrate = parts.pop("migrate")
    assert complete(tmp_path, *migrate.words, **_moved(migrate, servers, "")).returncode == 0
    with ExitStack() as stack:
        programs = {
            part: stack.enter_context(
                started(tmp_path, *_placed(command, ports[part]), **_moved(command, servers, ports[part]))
            )
            for part, command in parts.items()
        }
        ada = stack.enter_context(Visitor.at(f"http://127.0.0.1:{ports['api']}"))
        assert ada.result(ada.submit()) == 14
        for part, command in parts.items():
            if command.port:
                wait_for(lambda port=ports[part]: _looks_alive(port))  # type: ignore[misc]
        for program in programs.values():
            assert program.end(seconds=20) == 0, program.text()


def _placed(command: Command, port: str) -> list[str]:
    """At another port, since this machine may have others there."""
    return [port if word == command.port else word for word in command.words]


def _moved(command: Command, servers: Mapping[str, str], port: str) -> dict[str, str]:
    variables = {**command.variables, **servers}
    if "JOBPROC_METRICS_PORT" in variables:
        variables["JOBPROC_METRICS_PORT"] = port
    # A balancer would be waited for.
    return _bare({**variables, "JOBPROC_STOP_DELAY_SECONDS": "0"})


def _bare(variables: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("JOBPROC_"): value for name, value in variables.items()}


def _looks_alive(port: str) -> bool:
    """By the command of the image."""
    look = [sys.executable, "-m", "jobproc", "alive", "--port", port]
    return subprocess.run(look, env=os.environ, capture_output=True, timeout=20, check=False).returncode == 0


def test_the_look_of_each_service_is_at_its_own_port() -> None:
    for part in ("api", "worker", "maintenance"):
        command = of_compose(part, ENV)
        assert SERVICES[part]["healthcheck"]["test"] == ["CMD", "jobproc", "alive", "--port", command.port]


@pytest.mark.parametrize("missing", ["POSTGRES_PASSWORD", "JOBPROC_JWT_KEYS"])
def test_a_secret_that_is_not_set_is_told_by_its_name(missing: str) -> None:
    with pytest.raises(LookupError, match=missing):
        of_compose("api", ENV | {missing: ""})


def test_no_part_starts_with_the_secrets_of_the_example(tmp_path: Path) -> None:
    lines = (Path(__file__).parents[3] / ".env.example").read_text().splitlines()
    example = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    good = {**production("postgresql://a:b@127.0.0.1/x", "redis://127.0.0.1/0"), "METRICS_TOKEN": "t"}
    secrets = {"JOBPROC_JWT_KEYS", "JOBPROC_METRICS_TOKEN"}
    composed = of_compose("api", example).variables["JOBPROC_DATABASE_URL"]
    for name, value in (*((name, example[name]) for name in secrets), ("JOBPROC_DATABASE_URL", composed)):
        done = complete(tmp_path, "api", **{**good, name.removeprefix("JOBPROC_"): value})
        assert done.returncode == 1
        assert done.stderr.startswith(f"jobproc: {name}: ")
        assert "example" in done.stderr
