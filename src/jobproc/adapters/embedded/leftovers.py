"""The server of a supervisor that was killed: it is going, but may not be gone when the next one starts."""

import os
import signal
import time
from contextlib import suppress
from pathlib import Path


def clear(pid_file: Path, folder: Path) -> None:
    """Wait for the end of a server that still works in the folder, then forget its pid file.

    The number in the file proves nothing: after a restart of the machine it belongs to some other program,
    for whose sake Postgres would refuse to start.
    """
    if not pid_file.exists():
        return
    number = pid_file.read_text().partition("\n")[0].strip()
    if number.isdigit():
        _end(int(number), folder)
    pid_file.unlink(missing_ok=True)


def _end(pid: int, folder: Path) -> None:
    for word, seconds in ((signal.SIGINT, 5.0), (signal.SIGQUIT, 2.0), (signal.SIGKILL, 2.0)):
        if not _works_in(pid, folder):
            return
        with suppress(ProcessLookupError):
            os.kill(pid, word)
        deadline = time.monotonic() + seconds
        while _works_in(pid, folder) and time.monotonic() < deadline:
            time.sleep(0.02)


def _works_in(pid: int, folder: Path) -> bool:
    """Both servers make their data folder their working directory. Without /proc: leave it to the server."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    except OSError:
        return False
