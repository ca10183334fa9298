"""A Valkey of our own: events and rate limits live in it, and the queue between API and workers."""

import os
import signal
import socket
from functools import partial
from pathlib import Path
from subprocess import Popen

from jobproc.adapters.embedded import leftovers, processes
from jobproc.adapters.embedded.accounts import account_for
from jobproc.adapters.embedded.binaries import valkey_server
from jobproc.adapters.embedded.kept import ADDRESS, kept_password, kept_port


class EmbeddedValkey:
    """One Valkey server with its data in `folder`; `persist=False` keeps everything in memory only."""

    def __init__(self, folder: Path, *, persist: bool = True) -> None:
        self.folder = folder.resolve()
        self.process: Popen[bytes] | None = None
        self._persist = persist
        self._data = self.folder / "data"
        self._pid_file = self._data / "valkey.pid"
        self._log = self.folder / "valkey.log"

    def start(self) -> str:
        """Start, wait until it answers, and tell its URL."""
        self._data.mkdir(parents=True, exist_ok=True)
        program = valkey_server()
        password = kept_password(self.folder / "password")
        account = account_for(self._data, program)
        account.own(self._data)
        leftovers.clear(self._pid_file, self._data)
        port = kept_port(self.folder / "port")
        settings = self._write_settings(port, password)
        os.chown(settings, *account.owner)
        command = (program, settings)
        self.process = processes.launch(command, account=account, log=self._log, death=signal.SIGTERM)
        ready = partial(_answers, port, password)
        processes.wait_until(ready, self.process, log=self._log, seconds=30)
        return f"redis://:{password}@{ADDRESS}:{port}/0"

    def stop(self) -> None:
        """Let it write its last lines and go. Safe to call again."""
        if self.process:
            processes.stop(self.process, (signal.SIGTERM, 2.0))
            self.process = None

    def _write_settings(self, port: int, password: str) -> Path:
        """In a private file: every user of the machine can read a command line."""
        settings = {
            "bind": ADDRESS,
            "port": port,
            "requirepass": password,
            "dir": f'"{self._data}"',
            "pidfile": f'"{self._pid_file}"',
            "appendonly": "yes" if self._persist else "no",
            "save": '""',
        }
        file = self.folder / "valkey.conf"
        file.unlink(missing_ok=True)
        file.touch(mode=0o600)
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return file


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((ADDRESS, port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answers = connection.makefile("rb")
            return [answers.readline(), answers.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False
