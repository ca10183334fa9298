"""A place for a data folder that the servers' own account can reach, and a service to use."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.processes.commanding import Seat
from tests.integration.processes.running import Visitor, free_port, started

OPERATIONS = '''
import time
from jobproc import Context, operation

@operation
def nap(data: float, context: Context) -> str:
    """Sleep."""
    for tenth in range(10):
        time.sleep(data / 10)
        context.progress(tenth + 1, 10, f"breath {tenth}")
    return "slept"

@operation
def refuse(data: str) -> None:
    """Say no."""
    raise ValueError(data)
'''


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every account can enter."""
    made = Path(tempfile.mkdtemp(prefix="jobproc-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def visit() -> Iterator[Callable[..., Visitor]]:
    """Register, or log in, at an address."""
    with ExitStack() as visits:
        yield lambda *where: visits.enter_context(Visitor.at(*where))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A service in one process."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    with tempfile.TemporaryDirectory(prefix="jobproc-test-") as folder:
        Path(folder, "naps.py").write_text(OPERATIONS)
        words = ("api", "--port", str(port))
        with (
            started(Path(folder), *words, PROFILE="memory", OPERATIONS="naps"),
            Visitor.at(address, username="early-bird"),
        ):
            yield address


@pytest.fixture(scope="module")
def ada(url: str) -> Iterator[Seat]:
    """Somebody who is logged in."""
    with tempfile.TemporaryDirectory(prefix="jobproc-test-") as folder:
        yield Seat(Path(folder), url).login("ada")


@pytest.fixture
def nobody(url: str, tmp_path: Path) -> Seat:
    """Somebody who is not."""
    return Seat(tmp_path, url)
