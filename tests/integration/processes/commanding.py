"""The client's commands as somebody at a keyboard, or a script, starts them."""

import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.integration.processes.running import PASSWORD, environment, wait_for


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody with a configuration folder of their own."""

    folder: Path
    url: str

    @property
    def credentials(self) -> Path:
        """Where the login is kept."""
        return self.folder / "jobproc" / "credentials.json"

    def __call__(
        self, *words: str, stdin: str = "", stdout: IO[str] | int = subprocess.PIPE, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `jobproc …` in pipes."""
        return subprocess.run(
            [sys.executable, "-m", "jobproc", *words],
            env=self._environment(variables),
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    def login(self, username: str) -> "Seat":
        """Make the account, and log in."""
        words = ("login", "--url", self.url, "--username", username, "--register", "--password-stdin")
        done = self(*words, stdin=f"{PASSWORD}\n")
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
        return self

    @contextmanager
    def at_terminal(self, *words: str, whole: bool = False, **variables: str) -> Iterator["Terminal"]:
        """Run `jobproc …` with a keyboard and a screen; stdout is a file, as after `>`, or on it as well."""
        keyboard, end = pty.openpty()
        with (self.folder / "stdout").open("w+") as stdout:
            process = subprocess.Popen(
                [sys.executable, "-m", "jobproc", *words],
                env=self._environment(variables) | {"TERM": "xterm-256color", "COLUMNS": "100"},
                stdin=end,
                stdout=end if whole else stdout,
                stderr=end,
                start_new_session=True,
            )
            os.close(end)
            os.set_blocking(keyboard, False)
            try:
                yield Terminal(process, keyboard, self.folder / "stdout")
            finally:
                process.kill()
                process.wait()
                os.close(keyboard)

    def _environment(self, variables: dict[str, str]) -> dict[str, str]:
        return environment(**variables) | {"XDG_CONFIG_HOME": str(self.folder), "HOME": str(self.folder)}


@dataclass(slots=True)
class Terminal:
    """What runs at it, and all that its screen has shown."""

    process: subprocess.Popen[bytes]
    keyboard: int
    stdout: Path
    screen: str = ""

    def shows(self, pattern: str) -> None:
        """Wait until the screen has shown it."""
        wait_for(lambda: self._look() and re.search(pattern, self.screen), 20)

    def type(self, text: str) -> None:
        """As from a keyboard."""
        os.write(self.keyboard, text.encode())

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def ends(self) -> int:
        """The exit code."""
        wait_for(lambda: self._look() and self.process.poll() is not None, 30)
        self._look()
        return self.process.returncode

    def _look(self) -> bool:
        try:
            while seen := os.read(self.keyboard, 65536):
                self.screen += seen.decode(errors="replace")
        except OSError:
            # Nothing new, or nobody is left who writes.
            pass
        return True
