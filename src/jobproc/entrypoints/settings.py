"""The settings of every process, from `JOBPROC_…` variables and a `.env` file."""

import secrets
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import SettingsConfigDict

from jobproc.domain.errors import ConfigurationError
from jobproc.domain.rates import Rate, Traffic
from jobproc.domain.submissions import DEFAULT_RETENTION_SECONDS
from jobproc.entrypoints.addresses import given, good_database, good_url, revealed
from jobproc.entrypoints.examples import is_example
from jobproc.entrypoints.lists import entries, good_hosts, good_origins, good_proxies
from jobproc.entrypoints.operating import OperatingSettings

PREFIX = "JOBPROC_"
SHORTEST_KEY_BYTES = 32
# More is a slip of the pen, and would leave the calendar.
LONGEST_SECONDS = 100 * 365 * 86_400


class Registration(StrEnum):
    """Who may make an account."""

    OPEN = "open"
    CLOSED = "closed"


class Profile(StrEnum):
    """Which adapters a process runs on."""

    PRODUCTION = "production"
    MEMORY = "memory"


def _good_keys(keys: SecretStr) -> SecretStr:
    entries = [entry.partition(":") for entry in _entries(keys)]
    kids = {kid for kid, _, _ in entries}
    # No part is repeated in a message: what stands in the wrong place may be the secret.
    if (given(keys) and not entries) or not all(kid and separator for kid, separator, _ in entries):
        raise ValueError("use kid:secret[,kid:secret…]")
    if len(kids) < len(entries):
        raise ValueError("two keys have the same kid")
    if any(len(secret.encode()) < SHORTEST_KEY_BYTES for _, _, secret in entries):
        raise ValueError(f"a secret is under {SHORTEST_KEY_BYTES} bytes; make one: openssl rand -hex 32")
    if any(is_example(secret) for _, _, secret in entries):
        raise ValueError("a secret is still that of an example; make one: openssl rand -hex 32")
    return keys


def _good_rate(text: str) -> str:
    Rate.parse(text)
    return text


class Settings(OperatingSettings):
    """Every field is the variable of its name with the prefix `JOBPROC_`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    profile: Annotated[
        Profile, Field(description="`production`: Postgres and Celery; `memory`: one process, nothing stored")
    ] = Profile.PRODUCTION
    database_url: Annotated[
        SecretStr | None,
        AfterValidator(good_database),
        Field(description="`postgresql://…`, any spelling"),
    ] = None
    redis_url: Annotated[
        SecretStr | None,
        AfterValidator(good_url("redis", "rediss")),
        Field(description="Redis or Valkey, `redis://…`"),
    ] = None
    broker_url: Annotated[
        SecretStr | None,
        AfterValidator(good_url("redis", "rediss", "amqp", "amqps", "sentinel")),
        Field(description="the broker of the doorbell; by default `JOBPROC_REDIS_URL`"),
    ] = None
    jwt_keys: Annotated[
        SecretStr,
        AfterValidator(_good_keys),
        Field(description="`kid:secret[,kid:secret…]`; the first signs, all verify; at least 32 bytes each"),
    ] = SecretStr("")
    access_token_seconds: Annotated[
        int, Field(ge=1, le=LONGEST_SECONDS, description="how long an access token is good")
    ] = 3600
    refresh_token_seconds: Annotated[
        int,
        Field(ge=1, le=LONGEST_SECONDS, description="how long a session lasts after its latest refresh"),
    ] = 2_592_000
    registration: Annotated[
        Registration, Field(description="`open`: anybody may make an account; `closed`: nobody")
    ] = Registration.OPEN
    operations: Annotated[str, Field(description="modules to import operations from, comma-separated")] = ""
    lease_seconds: Annotated[
        float,
        Field(ge=2, le=LONGEST_SECONDS, description="how long a running job survives its worker's silence"),
    ] = 15
    sweep_seconds: Annotated[
        float, Field(gt=0, le=LONGEST_SECONDS, description="how often maintenance looks")
    ] = 1
    drain_seconds: Annotated[
        float, Field(ge=0, le=LONGEST_SECONDS, description="what a stopping worker grants its running jobs")
    ] = 20
    retention_seconds: Annotated[
        int, Field(ge=0, le=LONGEST_SECONDS, description="how long a finished job is kept, at least 60 s")
    ] = DEFAULT_RETENTION_SECONDS
    max_body_bytes: Annotated[int, Field(ge=1, description="a larger request is refused with 413")] = (
        1_048_576
    )
    max_batch_bytes: Annotated[int, Field(ge=1, description="the same for a batch of jobs")] = 16_777_216
    max_result_bytes: Annotated[int, Field(ge=1, description="a job with a larger result fails")] = 1_048_576
    job_memory_bytes: Annotated[
        int, Field(ge=67_108_864, description="memory cap of the process that runs an operation")
    ] = 1_073_741_824
    rate_limit_auth: Annotated[
        str,
        AfterValidator(_good_rate),
        Field(
            description="registrations and logins of one address; `off` also frees wrong passwords from delays"
        ),
    ] = "20/minute"
    rate_limit_submit: Annotated[
        str, AfterValidator(_good_rate), Field(description="submissions of one user, or `off`")
    ] = "600/minute"
    rate_limit_read: Annotated[
        str, AfterValidator(_good_rate), Field(description="all other requests of one user, or `off`")
    ] = "6000/minute"
    cors_origins: Annotated[
        str,
        AfterValidator(good_origins),
        Field(description="origins whose pages may call the API, comma-separated: `https://app.example.com`"),
    ] = ""
    trusted_proxies: Annotated[
        str,
        AfterValidator(good_proxies),
        Field(
            description="addresses or networks of proxies whose `X-Forwarded-For` and `-Proto` are believed"
        ),
    ] = ""
    allowed_hosts: Annotated[
        str,
        AfterValidator(good_hosts),
        Field(
            description="names the service goes by, comma-separated; `*.example.com` for all below, `*` for any"
        ),
    ] = "*"
    processes: Annotated[
        int, Field(ge=1, description="HTTP processes; each allows its share of a limit while Redis is away")
    ] = 1
    pool_size: Annotated[int, Field(ge=1, description="database connections of each process")] = 10

    @model_validator(mode="after")
    def _complete(self) -> "Settings":
        if self.profile is Profile.MEMORY and not given(self.jwt_keys):
            self.jwt_keys = SecretStr(f"memory:{secrets.token_urlsafe(SHORTEST_KEY_BYTES)}")
        if self.profile is Profile.PRODUCTION:
            for name in ("database_url", "redis_url", "jwt_keys"):
                if not given(getattr(self, name)):
                    raise ValueError(f"{PREFIX}{name.upper()} is not set. Set it, or run `jobproc up`.")
        return self

    @property
    def keys(self) -> dict[str, str]:
        """Secrets by key id; the first signs."""
        entries = (entry.partition(":") for entry in _entries(self.jwt_keys))
        return {kid: secret for kid, _, secret in entries}

    @property
    def registers(self) -> bool:
        """Whether anybody may make an account."""
        return self.registration is Registration.OPEN

    @property
    def broker(self) -> str:
        """The broker's address, by default that of Redis."""
        return revealed(self.broker_url or self.redis_url)

    @property
    def redis(self) -> str:
        """The address of Redis."""
        return revealed(self.redis_url)

    @property
    def database(self) -> str:
        """The database's address."""
        return revealed(self.database_url)

    @property
    def rates(self) -> dict[Traffic, Rate | None]:
        """The limit on each kind of request; None where there is none."""
        return {
            Traffic.AUTH: Rate.parse(self.rate_limit_auth),
            Traffic.SUBMIT: Rate.parse(self.rate_limit_submit),
            Traffic.READ: Rate.parse(self.rate_limit_read),
        }

    @property
    def guards_logins(self) -> bool:
        """Whether wrong passwords are counted by name."""
        return self.rates[Traffic.AUTH] is not None

    @property
    def origins(self) -> list[str]:
        """Origins whose pages may call the API."""
        return entries(self.cors_origins)

    @property
    def proxies(self) -> list[str]:
        """Proxies that are believed."""
        return entries(self.trusted_proxies)

    @property
    def hosts(self) -> list[str]:
        """Names the service goes by."""
        return entries(self.allowed_hosts.lower())

    @property
    def operation_modules(self) -> list[str]:
        """The modules to import operations from, beside the built-in ones and those of installed packages."""
        return self.operations.split(",")

    @property
    def sandbox_command(self) -> list[str]:
        """What `python -m` takes to become a child that runs operations."""
        limits = (str(self.job_memory_bytes), str(self.max_result_bytes))
        return ["jobproc.entrypoints.sandbox", self.operations, *limits, self.log_form]

    @property
    def lease(self) -> timedelta:
        """How long a running job survives its worker's silence."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def sweep(self) -> timedelta:
        """How often maintenance looks."""
        return timedelta(seconds=self.sweep_seconds)

    @property
    def drain(self) -> timedelta:
        """What a stopping worker grants its running jobs."""
        return timedelta(seconds=self.drain_seconds)


def load_settings(of_service: Path | None = None) -> Settings:
    """The settings of this process; a wrong one: `ConfigurationError` in one line that names the variable.

    What the environment leaves open comes from `.env`, or before that from the file of a running service.
    """
    files = (".env", of_service) if of_service else (".env",)
    try:
        return Settings(_env_file=files)  # type: ignore[call-arg]  # of the library, for every subclass
    except ValidationError as error:
        raise ConfigurationError(_one_line(error)) from None


def _one_line(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    return f"{PREFIX}{str(first['loc'][0]).upper()}: {reason}" if first["loc"] else reason


def _entries(keys: SecretStr) -> list[str]:
    # The space after a comma is no part of a kid: in another place of the list it would be another key.
    return [entry.lstrip() for entry in revealed(keys).split(",") if entry.strip()]
