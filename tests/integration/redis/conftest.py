"""A server for each test that does something to it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jobproc.adapters.embedded.valkey import EmbeddedValkey
from tests.integration.redis.own import OwnValkey


@pytest.fixture
def valkey() -> Iterator[OwnValkey]:
    """Empty, and running."""
    folder = Path(tempfile.mkdtemp(prefix="jobproc-test-"))
    folder.chmod(0o755)
    server = EmbeddedValkey(folder, persist=False)
    own = OwnValkey(server)
    yield own
    if server.process:
        own.thaw()
    server.stop()
    shutil.rmtree(folder)
