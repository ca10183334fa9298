"""What is typed at a command, as values; what is wrong with it is a usage error that names the parameter."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import typer

from jobproc.client.core.jobs import JobFilter
from jobproc.client.views import JobStatus


def read_data(given: str) -> Any:
    """JSON as it stands, from a file with `@file`, from stdin with `-`."""
    try:
        return json.loads(_text(given), parse_constant=_refuse)
    except OSError as error:
        raise typer.BadParameter(f"cannot read {given[1:]!r}: {error.strerror}", param_hint="DATA") from None
    except RecursionError:
        raise typer.BadParameter("nested too deeply", param_hint="DATA") from None
    except ValueError as error:
        hint = "Quote it for the shell, such as '[1, 2, 3]'; a text needs its own quotes: '\"some text\"'."
        raise typer.BadParameter(f"not JSON: {error}. {hint}", param_hint="DATA") from None


def read_id(given: str) -> str:
    """The id of a job."""
    try:
        return str(UUID(given))
    except ValueError:
        hint = "`jobproc jobs` lists yours"
        raise typer.BadParameter(f"{given!r} is no id of a job; {hint}", param_hint="ID") from None


def read_time(given: str | None, option: str) -> datetime | None:
    """An RFC 3339 time; without an offset it is in the local time zone."""
    if given is None:
        return None
    try:
        return datetime.fromisoformat(given).astimezone(UTC)
    except (ValueError, OverflowError):
        wanted = "a time such as 2026-01-31T09:30:00Z"
        raise typer.BadParameter(f"{given!r} is not {wanted}", param_hint=option) from None


def read_password(*, from_stdin: bool, again: bool) -> str:
    """The first line of stdin, or what is typed without an echo; twice where a mistake would last."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask for the password: give --password-stdin")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=again, err=True))


def read_username(given: str | None) -> str:
    """As given, or as typed."""
    if given:
        return given
    if not sys.stdin.isatty():
        raise typer.BadParameter("no terminal to ask for the name: give --username", param_hint="--username")
    return str(typer.prompt("Username", err=True))


def _text(given: str) -> str:
    if given == "-":
        return sys.stdin.read()
    return Path(given[1:]).read_text("utf-8") if given.startswith("@") else given


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number in JSON")


def read_filter(*, created_after: str | None, created_before: str | None, **wanted: Any) -> JobFilter:
    """What was asked for, without what was left out."""
    times = {
        "created_after": read_time(created_after, "--created-after"),
        "created_before": read_time(created_before, "--created-before"),
    }
    statuses = {"status": list(map(_status, wanted["status"]))}
    given = {name: value for name, value in (wanted | times | statuses).items() if value}
    return cast(JobFilter, given)


def _status(given: str) -> str:
    if (status := given.upper()) not in set(JobStatus):
        raise typer.BadParameter(f"{given!r} is none of {', '.join(JobStatus)}", param_hint="--status")
    return status
