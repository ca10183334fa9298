"""What `jobproc up` relies on in its own Postgres."""

import asyncio
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from jobproc.adapters.embedded.errors import EmbeddedServerError
from jobproc.adapters.embedded.postgres import EmbeddedPostgres

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another account")


@contextmanager
def running(folder: Path, *, createdb: bool = False) -> Iterator[str]:
    """A Postgres for the length of a block."""
    server = EmbeddedPostgres(folder, fsync=False, createdb=createdb)
    try:
        yield server.start()
    finally:
        server.stop()


def ask(url: str, *statements: str) -> object:
    """The value that the last statement answers with."""

    async def answer() -> object:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                value = await connection.fetchval(statement)
        finally:
            await connection.close()
        return value

    return asyncio.run(answer())


def test_data_and_address_survive_a_restart_and_the_second_start_is_quick(folder: Path) -> None:
    with running(folder) as first:
        ask(first, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('still here')")
    began = time.monotonic()
    with running(folder) as second:
        took = time.monotonic() - began
        assert ask(second, "SELECT word FROM kept") == "still here"
    assert second == first
    assert took < 2


def test_the_application_is_no_superuser_and_makes_no_databases_unless_told(folder: Path) -> None:
    rights = "SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = current_user"
    with running(folder / "service") as url:
        assert ask(url, rights) is False
    with running(folder / "tests", createdb=True) as url:
        ask(url, "CREATE DATABASE another")


def test_a_wrong_password_is_refused(folder: Path) -> None:
    with running(folder) as url:
        password = (folder / "application-password").read_text()
        with pytest.raises(asyncpg.InvalidPasswordError):
            ask(url.replace(password, "guess"), "SELECT 1")


def test_only_the_owner_can_read_the_password_files(folder: Path) -> None:
    with running(folder):
        files = list(folder.glob("*password"))
        assert len(files) == 2
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_stop_is_quick_even_with_an_open_connection(folder: Path) -> None:
    async def stop_while_connected() -> float:
        server = EmbeddedPostgres(folder, fsync=False)
        connection = await asyncpg.connect(server.start())
        began = time.monotonic()
        server.stop()
        connection.terminate()
        return time.monotonic() - began

    assert asyncio.run(stop_while_connected()) < 3


def test_a_pid_file_of_a_dead_server_does_not_stop_the_next_start(folder: Path) -> None:
    with running(folder):
        pid_file = folder / "data" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
    # After a restart of the machine the number belongs to any other program: here to the tests.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    with running(folder) as url:
        assert ask(url, "SELECT 1") == 1


def test_an_interrupted_first_start_is_begun_again(folder: Path) -> None:
    (folder / "unfinished").mkdir()
    (folder / "unfinished" / "PG_VERSION").write_text("half")
    with running(folder) as url:
        assert ask(url, "SELECT 1") == 1


def test_a_start_that_fails_says_why(folder: Path) -> None:
    with running(folder):
        pass
    (folder / "data" / "postgresql.conf").write_text("no_such_setting = 1\n")
    with pytest.raises(EmbeddedServerError, match="no_such_setting"), running(folder):
        pass


def test_a_named_place_without_a_postgres_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBPROC_POSTGRES_BIN", str(folder))
    with pytest.raises(EmbeddedServerError, match="JOBPROC_POSTGRES_BIN"), running(folder):
        pass


@needs_root
def test_root_hands_postgres_to_an_account_without_rights(folder: Path) -> None:
    server = EmbeddedPostgres(folder, fsync=False)
    server.start()
    assert server.process
    owner = Path(f"/proc/{server.process.pid}").stat().st_uid
    server.stop()
    assert owner != 0


@needs_root
def test_root_runs_postgres_below_a_private_folder_and_moves_it_out_again(private_folder: Path) -> None:
    with running(private_folder / "data") as url:
        ask(url, "CREATE TABLE kept (word text)", "INSERT INTO kept VALUES ('still here')")
    private_folder.chmod(0o755)
    with running(private_folder / "data") as url:
        assert ask(url, "SELECT word FROM kept") == "still here"
