"""The wheel is all that an installation needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.integration.deploy.files import ROOT
from tests.integration.processes.running import environment, production

pytestmark = [pytest.mark.slow, pytest.mark.real]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the source as it is."""
    uv = next((found for found in (ROOT / ".tools/bin/uv", Path("uv")) if _runs(found)), None)
    if uv is None:
        pytest.skip("there is no uv")
    folder = tmp_path_factory.mktemp("wheel")
    built = subprocess.run(
        [str(uv), "build", "--wheel", "--out-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    if built.returncode and "fetch" in built.stderr:
        pytest.skip("what builds the wheel cannot be fetched")
    assert built.returncode == 0, built.stderr
    [made] = folder.glob("*.whl")
    return made


def _runs(program: Path) -> bool:
    try:
        return subprocess.run([str(program), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """Unpacked as an installer does, far from the source."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    return tmp_path / "site"


def jobproc(installed: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command of that installation, with nothing of this project on its path."""
    code = (
        "import sys; import jobproc; assert jobproc.__file__.startswith(sys.argv[1]), jobproc.__file__; "
        "sys.argv = ['jobproc', *sys.argv[2:]]; from jobproc.entrypoints.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, str(installed), *words],
        cwd=installed.parent,
        env=environment(**variables) | {"PYTHONPATH": str(installed)},
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
    assert jobproc(installed, "migrate", **variables).returncode == 0
    told = jobproc(installed, "doctor", **variables).stdout
    assert "ok        schema" in told, told
    assert jobproc(installed, "operations", **variables).returncode == 0


def test_a_wheel_holds_everything_that_is_not_python_as_well(installed: Path) -> None:
    source = ROOT / "src" / "jobproc"
    wanted = {
        str(file.relative_to(source))
        for file in source.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    there = {
        str(file.relative_to(installed / "jobproc"))
        for file in (installed / "jobproc").rglob("*")
        if file.is_file()
    }
    assert wanted <= there
    assert not [name for name in there if name.endswith((".env", ".pyc"))]
