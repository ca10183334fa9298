"""A Postgres of our own: made at the first start, kept between starts, ended with this process."""

import os
import shutil
import signal
from pathlib import Path
from subprocess import Popen

from jobproc.adapters.embedded import leftovers, processes
from jobproc.adapters.embedded.accounts import Account, account_for
from jobproc.adapters.embedded.binaries import postgres_bin
from jobproc.adapters.embedded.kept import ADDRESS, kept_password, kept_port

_NAME = "jobproc"
_SUPERUSER = "postgres"
_READY_LINE = 7
_LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C", "--encoding=UTF8")


class EmbeddedPostgres:
    """One Postgres cluster below `folder`. The application's role owns its database and is no superuser."""

    def __init__(self, folder: Path, *, fsync: bool = True, createdb: bool = False) -> None:
        """`fsync=False` is for data that may be lost; `createdb` counts at the first start only."""
        self.folder = folder.resolve()
        self.process: Popen[bytes] | None = None
        self._fsync = fsync
        self._createdb = createdb
        self._data = self.folder / "data"
        self._pid_file = self._data / "postmaster.pid"
        self._log = self.folder / "postgres.log"

    def start(self) -> str:
        """Start, wait until it takes connections, and tell the application's database URL."""
        self.folder.mkdir(parents=True, exist_ok=True)
        programs = postgres_bin()
        password = kept_password(self.folder / "application-password")
        account = account_for(self._data, programs / "postgres")
        if not self._data.exists():
            self._create(programs, account, password)
        account.own(self._data)
        leftovers.clear(self._pid_file, self._data)
        port = kept_port(self.folder / "port")
        self._run(programs, account, port)
        return f"postgresql://{_NAME}:{password}@{ADDRESS}:{port}/{_NAME}"

    def stop(self) -> None:
        """A fast shutdown; harder ones when it takes too long. Safe to call again."""
        if self.process:
            processes.stop(self.process, (signal.SIGINT, 3.0), (signal.SIGQUIT, 1.0))
            self.process = None

    def _create(self, programs: Path, account: Account, password: str) -> None:
        """Under another name until it is whole: an interrupted first start leaves nothing half made."""
        unfinished = self.folder / "unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        account.own(unfinished)
        superuser = self.folder / "superuser-password"
        kept_password(superuser)
        os.chown(superuser, *account.owner)
        who = (f"--username={_SUPERUSER}", f"--pwfile={superuser}", "--auth=scram-sha-256")
        where: processes.Command = (programs / "initdb", "-D", unfinished, "--no-instructions")
        sync = () if self._fsync else ("--no-sync",)
        processes.complete((*where, *who, *_LOCALE, *sync), account=account)
        # Without a network: nobody can be faster than this to a database that is not yet closed.
        single = ("--single", "-D", unfinished, "-c", "log_min_error_statement=panic", _SUPERUSER)
        processes.complete(
            (programs / "postgres", *single), account=account, text=self._application_role(password)
        )
        unfinished.rename(self._data)

    def _application_role(self, password: str) -> str:
        rights = "CREATEDB" if self._createdb else "NOCREATEDB"
        return (
            f"CREATE ROLE {_NAME} LOGIN NOSUPERUSER NOCREATEROLE {rights} PASSWORD '{password}'\n"
            f"CREATE DATABASE {_NAME} OWNER {_NAME}\n"
        )

    def _run(self, programs: Path, account: Account, port: int) -> None:
        command: processes.Command = (programs / "postgres", "-D", self._data, *self._settings(port))
        self.process = processes.launch(command, account=account, log=self._log, death=signal.SIGINT)
        processes.wait_until(self._ready, self.process, log=self._log, seconds=60)

    def _settings(self, port: int) -> list[str]:
        values = {
            "listen_addresses": ADDRESS,
            "port": port,
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        if not self._fsync:
            values |= dict.fromkeys(("fsync", "full_page_writes", "synchronous_commit"), "off")
        return [f"--{name}={value}" for name, value in values.items()]

    def _ready(self) -> bool:
        try:
            lines = self._pid_file.read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > _READY_LINE and lines[_READY_LINE].strip() == "ready"
