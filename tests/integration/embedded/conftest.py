"""Throwaway folders for real servers, in memory where the machine has a place for that."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_MEMORY = Path("/dev/shm")


@pytest.fixture
def private_folder() -> Iterator[Path]:
    """A folder that only its owner can enter, as everything below /root is."""
    folder = Path(tempfile.mkdtemp(dir=_MEMORY if _MEMORY.is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder(private_folder: Path) -> Path:
    """A folder that every account can enter."""
    private_folder.chmod(0o755)
    return private_folder
