"""What `jobproc up` relies on in its own Valkey."""

import stat
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import redis

from jobproc.adapters.embedded.valkey import EmbeddedValkey


@contextmanager
def running(server: EmbeddedValkey) -> Iterator["redis.Redis"]:
    """A client of the server for the length of a block."""
    try:
        with closing(redis.Redis.from_url(server.start())) as client:
            yield client
    finally:
        server.stop()


def test_data_survives_a_restart(private_folder: Path) -> None:
    with running(EmbeddedValkey(private_folder)) as client:
        client.set("word", "still here")
    with running(EmbeddedValkey(private_folder)) as client:
        assert client.get("word") == b"still here"


def test_nothing_is_stored_when_told_so(folder: Path) -> None:
    with running(EmbeddedValkey(folder, persist=False)) as client:
        client.set("word", "gone")
    with running(EmbeddedValkey(folder, persist=False)) as client:
        assert client.get("word") is None


def test_the_password_is_needed_and_stands_in_private_files_only(folder: Path) -> None:
    server = EmbeddedValkey(folder)
    with running(server) as client:
        assert server.process
        password = (folder / "password").read_text()
        assert password not in Path(f"/proc/{server.process.pid}/cmdline").read_text()
        modes = {stat.S_IMODE((folder / name).stat().st_mode) for name in ("password", "valkey.conf")}
        assert modes == {0o600}
        port = client.connection_pool.connection_kwargs["port"]
        with closing(redis.Redis(port=port)) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()


def test_a_folder_with_a_space_is_fine(folder: Path) -> None:
    with running(EmbeddedValkey(folder / "my data")) as client:
        assert client.ping()


def test_a_stop_is_quick(folder: Path) -> None:
    with running(EmbeddedValkey(folder)):
        began = time.monotonic()
    assert time.monotonic() - began < 2
