"""One service per data folder at a time, and a word about where it is."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jobproc.adapters.embedded.errors import AlreadyRunning, EmbeddedServerError

_ADDRESS_FILE = "address"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the folder, made if missing, for this process alone; even a kill lets go of it."""
    _make(folder)
    with (folder / "lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_who_holds(folder)) from None
        # A killed holder could not take its address back.
        (folder / _ADDRESS_FILE).unlink(missing_ok=True)
        try:
            yield
        finally:
            (folder / _ADDRESS_FILE).unlink(missing_ok=True)


def tell_address(folder: Path, address: str) -> None:
    """Let a second start on the same folder say where the first one is."""
    (folder / _ADDRESS_FILE).write_text(address)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "lock").touch()
    except OSError as error:
        raise EmbeddedServerError(
            f"Cannot write to the data folder {folder}: {error.strerror}. Name another one with --data."
        ) from error


def _who_holds(folder: Path) -> str:
    file = folder / _ADDRESS_FILE
    address = file.read_text().strip() if file.exists() else ""
    where = f" at {address}" if address else ""
    return f"jobproc is already running{where} with the data folder {folder}."
