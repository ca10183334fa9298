"""A child process: how it starts, and that nothing of it stays."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from jobproc.adapters.sandbox.tickets import Tickets

PR_SET_PDEATHSIG, PR_SET_DUMPABLE = 1, 4
SECRETS = "JOBPROC_"
LAST_MOMENT = 0.5


@dataclass(frozen=True, slots=True)
class ChildProcess:
    """A process of its own session, and the worker's end of the connection to it."""

    process: subprocess.Popen[bytes]
    connection: socket.socket
    tickets: Tickets

    def kill(self) -> None:
        """End it with all that it has started, which shares its session, also when it is gone itself."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def last_words(self) -> str:
        """How it ended, after a moment to end by itself; nothing of it is left."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(LAST_MOMENT)
        self.kill()
        code = self.process.wait()
        self.tickets.close()
        return _in_words(code)


def spawn(command: Sequence[str]) -> ChildProcess:
    """Start `python -m command… FD TICKETS PARENT`, with the numbers of its end of the connection and of its tickets.

    Call it from a thread that lives as long as the worker: the kernel ends the child with the thread that started it.
    """
    ours, theirs = socket.socketpair()
    tickets = Tickets()
    given = (theirs.fileno(), tickets.reader)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, *map(str, given), str(os.getpid())],
            pass_fds=given,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(),
        )
    ours.setblocking(False)
    return ChildProcess(process, ours, tickets)


def die_with(parent: int) -> None:
    """Called by the child, first of all: it ends with its worker, whatever the operation is doing."""
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit("the worker is gone")


def keep_environment_to_oneself() -> None:
    """Called by the worker: a child of the same user cannot read its memory or its environment."""
    _prctl(PR_SET_DUMPABLE, 0)


def _environment() -> dict[str, str]:
    """Without the worker's secrets, and with its way to find modules."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SECRETS)}
    return kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _in_words(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    with suppress(ValueError):
        return f"was ended by {signal.Signals(-code).name}"
    return f"was ended by signal {-code}"
