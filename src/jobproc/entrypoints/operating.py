"""Settings of those who operate the service: what they see of it, and how it ends."""

import sys
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from jobproc.entrypoints.examples import is_example


class LogFormat(StrEnum):
    """How lines of the log look."""

    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    """Which lines are written: those of this level and of all that matter more."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _no_example(token: SecretStr) -> SecretStr:
    if is_example(token.get_secret_value()):
        raise ValueError("it is still that of an example; make one: openssl rand -hex 16")
    return token


class OperatingSettings(BaseSettings):
    """Metrics, logs and the end."""

    metrics_port: Annotated[
        int | None,
        Field(ge=1, le=65_535, description="where worker and maintenance answer `/metrics` and `/livez`"),
    ] = None
    metrics_token: Annotated[
        SecretStr,
        AfterValidator(_no_example),
        Field(description="the bearer token of `/metrics`; without it only this machine may ask"),
    ] = SecretStr("")
    stop_delay_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="how long a stopping API goes on while `/readyz` says 503, so that balancers turn away",
        ),
    ] = 1
    log_format: Annotated[
        LogFormat | None, Field(description="`json` or `console`; by default console on a terminal only")
    ] = None
    log_level: Annotated[LogLevel, Field(description="`debug`, `info`, `warning` or `error`")] = LogLevel.INFO

    @property
    def log_form(self) -> str:
        """How lines look, for where this process writes them."""
        return self.log_format or (LogFormat.CONSOLE if sys.stderr.isatty() else LogFormat.JSON)

    @property
    def token_of_metrics(self) -> str:
        """The bearer token of `/metrics`, empty without one."""
        return self.metrics_token.get_secret_value()
