"""A wrong setting stops the process with one line that names the variable, and shows no secret."""

import resource
import time
from pathlib import Path

import pytest

from jobproc.domain.errors import ConfigurationError
from jobproc.entrypoints.settings import Settings, load_settings
from tests.docs.pages import ROOT
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
    ("JWT_KEYS", ","),
    ("JWT_KEYS", f"canary-7f3a:{CANARY},canary-7f3a:{CANARY}2"),
    ("JWT_KEYS", "canary-7f3a:short"),
    ("JWT_KEYS", "first:change-me-to-what-openssl-rand-hex-32-prints"),
    ("JWT_KEYS", "first:CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME"),
    ("JWT_KEYS", f"first:{CANARY},second:example-example-example-example-example"),
    ("REGISTRATION", "ajar"),
    ("REDIS_URL", CANARY),
    ("REDIS_URL", f"https://:{CANARY}@127.0.0.1/0"),
    ("REDIS_URL", "redis://127.0.0.1:canary/0"),
    ("BROKER_URL", f"kafka://{CANARY}@127.0.0.1"),
    ("BROKER_URL", "amqp://127.0.0.1:99999//"),
    ("ACCESS_TOKEN_SECONDS", "soon"),
    ("ACCESS_TOKEN_SECONDS", "1" + "0" * 30),
    ("REFRESH_TOKEN_SECONDS", "0"),
    ("REFRESH_TOKEN_SECONDS", "1e30"),
    ("LEASE_SECONDS", "1.9"),
    ("LEASE_SECONDS", "inf"),
    ("LEASE_SECONDS", "nan"),
    ("SWEEP_SECONDS", "0"),
    ("SWEEP_SECONDS", "inf"),
    ("DRAIN_SECONDS", "-1"),
    ("DRAIN_SECONDS", "1e300"),
    ("RETENTION_SECONDS", "-1"),
    ("RETENTION_SECONDS", "1" + "0" * 15),
    ("MAX_BODY_BYTES", "1 MB"),
    ("POOL_SIZE", "0"),
    ("DATABASE_URL", "postgresql://canary:change-me@127.0.0.1/jobproc"),
    ("METRICS_TOKEN", "change-me"),
    ("METRICS_PORT", "canary"),
    ("METRICS_PORT", "0"),
    ("STOP_DELAY_SECONDS", "-1"),
    ("LOG_FORMAT", "canary"),
    ("LOG_LEVEL", "canary"),
    ("PROCESSES", "0"),
    ("RATE_LIMIT_AUTH", "canary-7f3a"),
    ("RATE_LIMIT_SUBMIT", "0/minute"),
    ("RATE_LIMIT_READ", "100/fortnight"),
    ("CORS_ORIGINS", "*"),
    ("CORS_ORIGINS", "https://app.example.com,app.canary-7f3a.com"),
    ("CORS_ORIGINS", "https://app.example.com/"),
    ("CORS_ORIGINS", "https://app.example.com:canary"),
    ("CORS_ORIGINS", "null"),
    ("TRUSTED_PROXIES", "*"),
    ("TRUSTED_PROXIES", "10.0.0.0/8,canary-7f3a"),
    ("TRUSTED_PROXIES", "10.0.0.1/8"),
    ("ALLOWED_HOSTS", ""),
    ("ALLOWED_HOSTS", "jobs.example.com:8000"),
    ("ALLOWED_HOSTS", "https://jobs.example.com"),
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


def test_the_file_that_is_there_to_be_copied_does_not_start_as_it_is(
    good: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in GOOD:
        good.delenv(f"JOBPROC_{name}")
    (tmp_path / ".env").write_text((ROOT / ".env.example").read_text())
    for name, value in {"METRICS_TOKEN": CANARY, **GOOD}.items():
        if name != "REDIS_URL":
            with pytest.raises(ConfigurationError, match=rf"JOBPROC_{name}: .* example"):
                load_settings()
        good.setenv(f"JOBPROC_{name}", value)
    assert load_settings().registration == "open"


def test_settings_never_show_their_secrets(good: pytest.MonkeyPatch) -> None:
    assert "canary" not in f"{Settings()!r} {Settings()}"


def test_settings_are_read_from_a_file_too(good: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JOBPROC_POOL_SIZE=7\nOTHER=ignored\n")
    assert load_settings().pool_size == 7


def test_the_broker_is_redis_unless_another_is_named(good: pytest.MonkeyPatch) -> None:
    assert load_settings().broker == GOOD["REDIS_URL"]
    good.setenv("JOBPROC_BROKER_URL", "amqp://guest@127.0.0.1//")
    assert load_settings().broker == "amqp://guest@127.0.0.1//"


@pytest.mark.parametrize(
    "url",
    ["redis://127.0.0.1", "rediss://a:b%2F@[::1]:6380/1", "redis+socket:///run/redis.sock", "sentinel://a:1"],
)
def test_every_spelling_of_a_broker_is_taken(good: pytest.MonkeyPatch, url: str) -> None:
    good.setenv("JOBPROC_BROKER_URL", url)
    assert load_settings().broker == url


def test_a_key_is_the_same_wherever_it_stands_in_the_list(good: pytest.MonkeyPatch) -> None:
    good.setenv("JOBPROC_JWT_KEYS", f"new:{CANARY}2, old:{CANARY}")
    assert load_settings().keys == {"new": f"{CANARY}2", "old": CANARY}


def test_lists_may_have_spaces_and_may_be_empty(good: pytest.MonkeyPatch) -> None:
    good.setenv("JOBPROC_CORS_ORIGINS", "https://app.example.com, http://127.0.0.1:3000")
    good.setenv("JOBPROC_TRUSTED_PROXIES", "10.0.0.0/8, ::1")
    good.setenv("JOBPROC_ALLOWED_HOSTS", "Jobs.example.com,*.example.org,127.0.0.1,[::1]")
    settings = load_settings()
    assert settings.origins == ["https://app.example.com", "http://127.0.0.1:3000"]
    assert settings.proxies == ["10.0.0.0/8", "::1"]
    assert settings.hosts == ["jobs.example.com", "*.example.org", "127.0.0.1", "[::1]"]
    good.setenv("JOBPROC_CORS_ORIGINS", "")
    good.setenv("JOBPROC_TRUSTED_PROXIES", "")
    assert load_settings().origins == load_settings().proxies == []


def work_of_children() -> float:
    """Processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("api", {"JWT_KEYS": "kid:canary-7f3a"}),
        ("worker", {"JWT_KEYS": "kid:canary-7f3a"}),
        ("maintenance", {"JWT_KEYS": "kid:canary-7f3a"}),
        ("migrate", {"JWT_KEYS": "kid:canary-7f3a"}),
        ("api", {"DATABASE_URL": "mysql://canary-7f3a@127.0.0.1/jobproc"}),
        ("api", {"OPERATIONS": "no_such_module"}),
        ("worker", {"OPERATIONS": "no_such_module"}),
        ("worker", {"PROFILE": "memory"}),
        ("maintenance", {"PROFILE": "memory"}),
        ("api", {"PROFILE": "memory", "PROCESSES": "2"}),
    ],
)
def test_each_command_ends_in_time_with_one_line(tmp_path: Path, command: str, wrong: dict[str, str]) -> None:
    started, worked = time.monotonic(), work_of_children()
    done = complete(tmp_path, command, **{**GOOD, **wrong})
    # Its own work, as other tests run beside it; waiting for something would show in the other number.
    assert work_of_children() - worked < 1.5
    assert time.monotonic() - started < 10
    assert done.returncode == 1
    assert done.stderr.startswith(f"jobproc: JOBPROC_{next(iter(wrong))}")
    assert done.stderr.count("\n") == 1
    assert "canary" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    "url", ["mysql://127.0.0.1/jobproc", "postgresql://ada:canary@127.0.0.1:canary/x", "x"]
)
def test_a_url_that_is_no_postgres_is_refused_without_an_echo(tmp_path: Path, url: str) -> None:
    done = complete(tmp_path, "api", **{**GOOD, "DATABASE_URL": url})
    assert done.returncode == 1
    assert done.stderr.rstrip(".\n") == (
        "jobproc: JOBPROC_DATABASE_URL: use postgresql://user:password@host:port/name"
    )
    assert done.stderr.count("\n") == 1
