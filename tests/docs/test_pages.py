"""What the pages say is so."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from docs.commands import all_variables
from docs.generate import DOCS, FILES, PARTS, filled
from jobproc.entrypoints.settings import PREFIX, Settings
from tests.docs.pages import PAGES, ROOT, blocks, name_of, printing
from tests.integration.processes.running import complete, environment

SOURCE = ROOT / "src" / "jobproc"
# Read from the environment by the embedded servers, and by the tests.
NOT_SETTINGS = {
    "JOBPROC_POSTGRES_BIN": SOURCE / "adapters" / "embedded" / "binaries.py",
    "JOBPROC_VALKEY_SERVER": SOURCE / "adapters" / "embedded" / "binaries.py",
    "JOBPROC_URL": SOURCE / "client" / "core" / "opening.py",
    "JOBPROC_TOKEN": SOURCE / "client" / "core" / "opening.py",
    "JOBPROC_TEST_DATABASE_URL": ROOT / "tests" / "servers.py",
    "JOBPROC_TEST_REDIS_URL": ROOT / "tests" / "servers.py",
    "JOBPROC_TEST_CHROMIUM": ROOT / "tests" / "browser" / "conftest.py",
}
# The reader's own.
SHOWN = {"text_operations.py", "words.py"}


@pytest.mark.parametrize("name", FILES)
def test_generated_files_are_those_that_the_code_says_today(name: str) -> None:
    assert (DOCS / name).read_text() == FILES[name](), "run: python -m docs.generate"


@pytest.mark.parametrize("page", PARTS)
def test_generated_parts_are_those_of_the_code(page: str) -> None:
    text = (DOCS / page).read_text()
    assert filled(text, PARTS[page]()) == text, "run: python -m docs.generate"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, _, anchor in (link.partition("#") for link in _links(page)):
        if target.startswith("http"):
            continue
        file = page.parent / target if target else page
        assert file.exists(), target
        assert not anchor or anchor in _anchors(file), f"{target}#{anchor}"


def test_every_picture_is_shown() -> None:
    shown = {(page.parent / target).resolve() for page in PAGES for target in _links(page)}
    assert {file for file in (DOCS / "images").iterdir() if file.resolve() not in shown} == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    named = set(re.findall(r"JOBPROC_[A-Z_]+", page.read_text()))
    assert named <= _settings() | NOT_SETTINGS.keys() | all_variables()


def test_what_is_no_setting_is_read_where_it_is_said_to_be() -> None:
    for name, file in NOT_SETTINGS.items():
        assert f'"{name}"' in file.read_text()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_file_that_is_named_exists(page: Path) -> None:
    files = {str(file) for root in ("src", "tests", "docs") for file in (ROOT / root).rglob("*.py")}
    for name in re.findall(r"`([\w/.]+\.py)`", page.read_text()):
        assert name in SHOWN or any(file.endswith(f"/{name}") for file in files), name


def test_every_page_can_be_reached_from_the_index() -> None:
    index = DOCS / "index.md"
    reached = {(DOCS / target.partition("#")[0]).resolve() for target in _links(index)}
    assert set(PAGES) - {index} <= reached


def test_decisions_fit_on_a_page() -> None:
    for record in (ROOT / "docs" / "adr").glob("*.md"):
        assert len(record.read_text().splitlines()) <= 30, record.name


def test_every_operation_that_is_shown_can_be_registered(tmp_path: Path) -> None:
    for number, code in enumerate(shown := blocks("operation")):
        (tmp_path / f"shown_{number}.py").write_text(code)
        listed = complete(tmp_path, "operations", OPERATIONS=f"shown_{number}")
        assert listed.returncode == 0, listed.stderr
        assert len(listed.stdout.splitlines()) == 3
    assert len(shown) == 6


@pytest.mark.parametrize(("code", "printed"), printing())
def test_python_that_is_shown_runs_and_prints_what_the_page_says(
    tmp_path: Path, code: str, printed: str
) -> None:
    [operation] = blocks("operation", ROOT / "README.md")
    (tmp_path / "text_operations.py").write_text(operation)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == f"{printed}\n", done.stderr


def test_all_python_that_is_shown_is_run_by_a_test_but_that_of_others() -> None:
    shown = sum(page.read_text().count("```python") for page in PAGES)
    for code in (elsewhere := blocks("before")):
        ast.parse(code)
    assert shown == len(elsewhere) + len(blocks("operation")) + sum(
        len(printing(name)) for name in ("run", "client", "readme")
    )


def test_the_checks_before_a_commit_are_those_of_dev_check() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    [line] = re.findall(r"for line in (.*); do", (ROOT / "dev").read_text())
    assert [hook["entry"].removeprefix(".venv/bin/") for hook in hooks] == re.findall(r'"([^"]+)"', line)


def _links(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)]+)\)", page.read_text())


def _anchors(page: Path) -> set[str]:
    """Of its titles, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def _settings() -> set[str]:
    return {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
