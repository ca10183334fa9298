"""Children that never outlive this process, not even when it is killed without a word.

The kernel sends their death signal when the thread that started them ends: start servers from the main
thread.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, STDOUT, CompletedProcess, Popen, TimeoutExpired
from typing import TypeAlias

from jobproc.adapters.embedded import launcher
from jobproc.adapters.embedded.accounts import Account
from jobproc.adapters.embedded.errors import EmbeddedServerError

Command: TypeAlias = Sequence[str | Path]

_OURS = ("JOBPROC_", "PG")
_LAST_WORDS = 12


def launch(command: Command, *, account: Account, log: Path, death: signal.Signals) -> Popen[bytes]:
    """Start a server in a session of its own, out of reach of the terminal's Ctrl-C."""
    with open(log, "wb", opener=_private) as output:
        return Popen(
            launched(command, account, death),
            stdin=DEVNULL,
            stdout=output,
            stderr=STDOUT,
            start_new_session=True,
            env=_environment(),
        )


def complete(command: Command, *, account: Account, text: str = "") -> None:
    """Run a program of the server to its end, as the server's account."""
    done: CompletedProcess[str] = subprocess.run(
        launched(command, account, signal.SIGKILL),
        input=text,
        stdout=subprocess.PIPE,
        stderr=STDOUT,
        text=True,
        start_new_session=True,
        env=_environment(),
        check=False,
    )
    if done.returncode != 0:
        raise EmbeddedServerError(f"{Path(command[0]).name} failed:\n{_tail(done.stdout)}")


def wait_until(ready: Callable[[], bool], process: Popen[bytes], *, log: Path, seconds: float) -> None:
    """Return as soon as the server is ready; tell its last words when it will not be."""
    deadline = time.monotonic() + seconds
    while not ready():
        if process.poll() is not None:
            raise EmbeddedServerError(
                f"{log.stem} did not start. The end of {log}:\n{_tail(log.read_text())}"
            )
        if time.monotonic() > deadline:
            stop(process)
            raise EmbeddedServerError(f"{log.stem} was not ready in {seconds:g} s; {log} may say why.")
        time.sleep(0.01)


def stop(process: Popen[bytes], *steps: tuple[signal.Signals, float]) -> None:
    """Ask in ever plainer words, each with its seconds to obey, until the process is gone."""
    for word, seconds in (*steps, (signal.SIGKILL, 5.0)):
        if process.poll() is not None:
            return
        process.send_signal(word)
        with suppress(TimeoutExpired):
            process.wait(seconds)


def launched(command: Command, account: Account, death: signal.Signals) -> list[str]:
    """The command line that becomes `command`, as that account, and ends with this process."""
    # -I and -S: nothing of the user's Python settings may run here, and the start costs 15 ms instead of 40.
    python = [sys.executable, "-I", "-S", launcher.__file__]
    place = [account.way, account.uid, account.gid, int(death), os.getpid()]
    return [str(word) for word in (*python, *place, *command)]


def _environment() -> dict[str, str]:
    """Without this program's secrets, and without settings that would speak to some other Postgres."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return {**kept, "LC_ALL": "C"}


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _tail(text: str) -> str:
    return "\n".join(text.splitlines()[-_LAST_WORDS:])
