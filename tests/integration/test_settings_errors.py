"""A wrong setting stops the process with one line that names the variable, and shows no secret."""

import time
from pathlib import Path

import pytest

from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.settings import Settings, load_settings
from tests.integration.processes.running import complete

CANARY = "canary-7f3a-canary-7f3a-canary-7f3a"
GOOD = {
    "DATABASE_URL": f"postgresql://ada:{CANARY}@127.0.0.1/jobproc",
    "REDIS_URL": f"redis://:{CANARY}@127.0.0.1/0",
    "JWT_KEYS": f"kid:{CANARY}",
}
WRONG = [
    ("PROFILE", "staging"),
    ("DATABASE_URL", None),
    ("REDIS_URL", None),
    ("JWT_KEYS", None),
    ("JWT_KEYS", "canary-7f3a"),
    ("JWT_KEYS", "kid:canary-7f3a"),
    ("JWT_KEYS", f":{CANARY}"),
    ("ACCESS_TOKEN_SECONDS", "soon"),
    ("REFRESH_TOKEN_SECONDS", "0"),
    ("LEASE_SECONDS", "1.9"),
    ("SWEEP_SECONDS", "0"),
    ("DRAIN_SECONDS", "-1"),
    ("RETENTION_SECONDS", "-1"),
    ("MAX_BODY_BYTES", "1 MB"),
    ("POOL_SIZE", "0"),
]


@pytest.fixture
def good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment that is complete, and no file beside it."""
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(f"JOBPROC_{name}", value)
    return monkeypatch


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_refused_by_the_name_of_its_variable(
    good: pytest.MonkeyPatch, name: str, value: str | None
) -> None:
    if value is None:
        good.delenv(f"JOBPROC_{name}")
    else:
        good.setenv(f"JOBPROC_{name}", value)
    with pytest.raises(ConfigurationError) as refusal:
        load_settings()
    assert f"JOBPROC_{name}" in refusal.value.detail
    assert "\n" not in refusal.value.detail
    assert "canary" not in refusal.value.detail


def test_settings_never_show_their_secrets(good: pytest.MonkeyPatch) -> None:
    assert "canary" not in f"{Settings()!r} {Settings()}"


def test_settings_are_read_from_a_file_too(good: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JOBPROC_POOL_SIZE=7\nOTHER=ignored\n")
    assert load_settings().pool_size == 7


def test_the_broker_is_redis_unless_another_is_named(good: pytest.MonkeyPatch) -> None:
    assert load_settings().broker == GOOD["REDIS_URL"]
    good.setenv("JOBPROC_BROKER_URL", "amqp://guest@127.0.0.1//")
    assert load_settings().broker == "amqp://guest@127.0.0.1//"


@pytest.mark.parametrize("command", ["api", "worker", "maintenance", "migrate"])
def test_each_command_ends_in_time_with_one_line(tmp_path: Path, command: str) -> None:
    started = time.monotonic()
    done = complete(tmp_path, command, **{**GOOD, "JWT_KEYS": "kid:canary-7f3a"})
    assert time.monotonic() - started < 10
    assert done.returncode == 1
    assert done.stderr.startswith("jobproc: JOBPROC_JWT_KEYS: ")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr + done.stdout


def test_a_url_of_another_database_is_refused(tmp_path: Path) -> None:
    done = complete(tmp_path, "api", **{**GOOD, "DATABASE_URL": "mysql://127.0.0.1/jobproc"})
    assert done.returncode == 1
    assert done.stderr == ("jobproc: JOBPROC_DATABASE_URL: use postgresql://user:password@host:port/name.\n")
