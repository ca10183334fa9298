"""One service per data folder."""

import subprocess
import sys
from pathlib import Path

import pytest

from jobproc.adapters.embedded.datafolder import SETTINGS_FILE, lock, tell_address, tell_settings
from jobproc.adapters.embedded.errors import AlreadyRunning, EmbeddedServerError


def test_a_second_holder_is_refused_and_told_where_the_first_one_is(tmp_path: Path) -> None:
    with lock(tmp_path):
        tell_address(tmp_path, "http://127.0.0.1:8000")
        with (
            pytest.raises(AlreadyRunning, match=r"already running at http://127\.0\.0\.1:8000"),
            lock(tmp_path),
        ):
            pass


def test_the_folder_is_free_after_its_holder_has_gone(tmp_path: Path) -> None:
    with lock(tmp_path):
        tell_address(tmp_path, "http://127.0.0.1:8000")
    with lock(tmp_path):
        assert not (tmp_path / "address").exists()


def test_what_leads_to_the_servers_is_for_their_account_alone_and_goes_with_the_holder(
    tmp_path: Path,
) -> None:
    with lock(tmp_path):
        tell_settings(tmp_path, {"JOBPROC_DATABASE_URL": "postgresql://ada:secret@127.0.0.1/jobproc"})
        file = tmp_path / SETTINGS_FILE
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text() == "JOBPROC_DATABASE_URL=postgresql://ada:secret@127.0.0.1/jobproc\n"
    assert not file.exists()


def test_a_killed_holder_lets_go(tmp_path: Path) -> None:
    holder = (
        "import os, sys; from pathlib import Path; from jobproc.adapters.embedded.datafolder import lock\n"
        "with lock(Path(sys.argv[1])) as _: (Path(sys.argv[1]) / 'settings').touch(); os.kill(os.getpid(), 9)"
    )
    killed = subprocess.run([sys.executable, "-c", holder, str(tmp_path)], check=False)
    assert killed.returncode == -9
    with lock(tmp_path):
        assert not (tmp_path / SETTINGS_FILE).exists()


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedServerError, match="data folder"), lock(tmp_path / "file" / "below"):
        pass
