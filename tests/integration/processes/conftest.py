"""A place for a data folder that the servers' own account can reach."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.integration.processes.running import Visitor


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
