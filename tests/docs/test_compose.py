"""What the compose file starts exists, and its look at the API sees what it should."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobproc.entrypoints.cli import cli
from jobproc.entrypoints.settings import PREFIX, Settings
from tests.docs.pages import ROOT
from tests.integration.processes.running import Visitor, free_port, started

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}


def test_the_parts_of_the_service_and_their_servers_are_there() -> None:
    assert set(OURS) == {"migrate", "api", "worker", "maintenance"}
    assert set(SERVICES) - set(OURS) == {"postgres", "valkey"}


@pytest.mark.parametrize("name", OURS)
def test_every_part_is_a_command_with_settings_that_exist(name: str) -> None:
    commands = {each.name or (each.callback and each.callback.__name__) for each in cli.registered_commands}
    assert OURS[name]["command"][0] in commands
    assert set(OURS[name]["environment"]) <= {f"{PREFIX}{field.upper()}" for field in Settings.model_fields}


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_starts_before_what_it_needs(name: str) -> None:
    for needed, how in SERVICES[name].get("depends_on", {}).items():
        assert how["condition"] == "service_completed_successfully" or "healthcheck" in SERVICES[needed]


@pytest.mark.parametrize("name", ["JOBPROC_DATABASE_URL", "JOBPROC_JWT_KEYS"])
def test_secrets_have_to_be_given(name: str) -> None:
    assert ":?" in OURS["api"]["environment"][name]


def test_a_stopping_worker_has_the_time_to_give_its_jobs_back() -> None:
    grace = int(OURS["worker"]["stop_grace_period"].removesuffix("s"))
    assert grace > Settings.model_fields["drain_seconds"].default


@pytest.mark.slow
def test_the_look_at_the_api_tells_whether_it_answers(tmp_path: Path) -> None:
    port = str(free_port())
    _, python, *words = OURS["api"]["healthcheck"]["test"]
    look = [sys.executable, *(word.replace("8000", port) for word in words)]
    assert python == "python"
    assert subprocess.run(look, capture_output=True, timeout=10, check=False).returncode == 1
    with started(tmp_path, "api", "--port", port, PROFILE="memory"), Visitor.at(f"http://127.0.0.1:{port}"):
        assert subprocess.run(look, capture_output=True, timeout=10, check=False).returncode == 0
