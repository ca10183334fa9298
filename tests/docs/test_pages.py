"""What the pages say is so."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from docs.generate import DOCS, PARTS, filled
from jobproc.entrypoints.cli import cli
from jobproc.entrypoints.settings import Settings
from tests.docs.pages import PAGES, ROOT, blocks
from tests.integration.processes.running import complete

NOT_SETTINGS = {"JOBPROC_TEST_DATABASE_URL", "JOBPROC_TEST_REDIS_URL"}


@pytest.mark.parametrize("page", PARTS)
def test_generated_parts_are_those_of_the_code(page: str) -> None:
    text = (DOCS / page).read_text()
    assert filled(text, PARTS[page]()) == text, "run: python -m docs.generate"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)", page.read_text()):
        assert target.startswith("http") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"JOBPROC_[A-Z_]+", page.read_text()))
    assert named <= _settings() | NOT_SETTINGS


def test_decisions_fit_on_a_page() -> None:
    for record in (ROOT / "docs" / "adr").glob("*.md"):
        assert len(record.read_text().splitlines()) <= 30, record.name


def test_every_operation_that_is_shown_can_be_registered(tmp_path: Path) -> None:
    for number, code in enumerate(shown := blocks("operation")):
        (tmp_path / f"shown_{number}.py").write_text(code)
        listed = complete(tmp_path, "operations", OPERATIONS=f"shown_{number}")
        assert listed.returncode == 0, listed.stderr
        assert len(listed.stdout.splitlines()) == 3
    assert len(shown) == 4


def test_python_that_is_shown_runs_and_prints_what_the_page_says() -> None:
    [code] = blocks("run")
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "SUCCESS 14\n", done.stderr


def test_compose_starts_commands_and_settings_that_exist() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    ours = {name: service for name, service in compose["services"].items() if "build" in service}
    assert set(ours) == {"migrate", "api", "worker", "maintenance"}
    for service in ours.values():
        assert service["command"][0] in _commands()
        assert set(service["environment"]) <= _settings()


def test_the_checks_before_a_commit_are_those_of_dev_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    [line] = re.findall(r"for line in (.*); do", (ROOT / "dev").read_text())
    assert [hook["entry"].removeprefix(".venv/bin/") for hook in hooks] == re.findall(r'"([^"]+)"', line)


def _settings() -> set[str]:
    return {f"JOBPROC_{name.upper()}" for name in Settings.model_fields}


def _commands() -> set[Any]:
    return {
        command.name or command.callback.__name__ for command in cli.registered_commands if command.callback
    }
