"""One service per data folder at a time, and a word about where it and its servers are."""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from jobproc.adapters.embedded.errors import AlreadyRunning, EmbeddedServerError

_ADDRESS_FILE = "address"
SETTINGS_FILE = "settings"


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the folder, made if missing, for this process alone; even a kill lets go of it."""
    _make(folder)
    with (folder / "lock").open("a") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_who_holds(folder)) from None
        # A killed holder could not take back what it told.
        _untell(folder)
        try:
            yield
        finally:
            _untell(folder)


def tell_address(folder: Path, address: str) -> None:
    """Let a second start on the same folder say where the first one is."""
    (folder / _ADDRESS_FILE).write_text(address)


def tell_settings(folder: Path, variables: Mapping[str, str]) -> None:
    """Let other commands of the same account reach the servers of this service, while it runs."""
    descriptor = os.open(folder / SETTINGS_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "w") as opened:
        opened.writelines(f"{name}={value}\n" for name, value in variables.items())


def _untell(folder: Path) -> None:
    for name in (_ADDRESS_FILE, SETTINGS_FILE):
        (folder / name).unlink(missing_ok=True)


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
