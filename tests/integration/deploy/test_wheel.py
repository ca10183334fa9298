"""What the image installs is all that an installation needs: the wheel, and what it says that it needs."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.deploy.files import ROOT
from tests.integration.processes.running import environment, production

pytestmark = [pytest.mark.slow, pytest.mark.real]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment of its own, made by the last line of the image that installs something."""
    uv = next((found for found in (ROOT / ".tools/bin/uv", Path("uv")) if _runs(found)), None)
    if uv is None:
        pytest.skip("there is no uv")
    folder = tmp_path_factory.mktemp("installed")
    [*_, line] = re.findall(r"^RUN uv (sync .*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    done = subprocess.run(
        [str(uv), *line.split()],
        cwd=ROOT,
        env=os.environ | {"UV_PROJECT_ENVIRONMENT": str(folder / "venv"), "UV_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode and "fetch" in done.stderr:
        pytest.skip("what it needs cannot be fetched")
    assert done.returncode == 0, done.stderr
    return folder / "venv"


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([str(program), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def jobproc(installed: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command of that installation, far from the source."""
    return subprocess.run(
        [str(installed / "bin" / "jobproc"), *words],
        cwd=installed,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_wheel_alone_helps_migrates_and_is_well(
    installed: Path, empty_database_url: str, redis_url: str
) -> None:
    helped = jobproc(installed, "--help")
    assert helped.returncode == 0, helped.stderr
    assert "doctor" in helped.stdout
    variables = production(empty_database_url, redis_url)
    migrated = jobproc(installed, "migrate", **variables)
    assert migrated.returncode == 0, migrated.stderr
    told = jobproc(installed, "doctor", **variables).stdout
    assert "ok        schema" in told, told


def test_a_wheel_holds_everything_that_is_not_python_as_well_and_nothing_of_the_tests(
    installed: Path,
) -> None:
    [packages] = installed.glob("lib/python3*/site-packages")
    source, there = ROOT / "src" / "jobproc", packages / "jobproc"
    assert _files(source) <= _files(there)
    assert not list(there.rglob("*.env"))
    assert not {"pytest", "hypothesis", "mypy", "tests"} & {each.name for each in packages.iterdir()}


def _files(folder: Path) -> set[str]:
    return {
        str(file.relative_to(folder))
        for file in folder.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
