"""What a server keeps beside its data from one start to the next: its passwords and its port."""

import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

ADDRESS = "127.0.0.1"


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """What the file holds; made at the first start, whole or not at all, readable for its owner only."""
    if not file.exists():
        unfinished = file.with_suffix(".new")
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w") as opened:
            opened.write(make())
            opened.flush()
            os.fsync(descriptor)
        unfinished.rename(file)
    return file.read_text()


def kept_password(file: Path) -> str:
    """The password in the file, made at the first start."""
    return kept_secret(file, lambda: secrets.token_hex(24))


def kept_port(file: Path) -> int:
    """The port of the last start when it is still free, else any free one."""
    last = int(file.read_text()) if file.exists() else 0
    port = _free(last) or _free(0)
    file.write_text(str(port))
    return port


def _free(port: int) -> int:
    with socket.socket() as probe:
        # As the servers do: a connection of the last run that still times out is no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return 0
        return int(probe.getsockname()[1])
