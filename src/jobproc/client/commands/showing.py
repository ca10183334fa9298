"""Jobs on stdout: tables for people, lines for pipes, JSON for programs."""

import json
import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from jobproc.client.views import JobView

COLUMNS = ("id", "status", "operation", "created_at", "tags")
FIRST = ("id", "operation", "status", "data", "result", "error")


def print_json(value: Any) -> None:
    """One line; integers of any size as they are."""
    print(json.dumps(value, ensure_ascii=False), flush=True)  # noqa: T201


def print_jobs(jobs: Iterable[JobView]) -> None:
    """A table on a terminal; elsewhere a line for each job."""
    if sys.stdout.isatty():
        Console().print(table_of(jobs))
        return
    for job in jobs:
        print(line_of(job))  # noqa: T201


def line_of(job: JobView) -> str:
    """Its columns, divided by tabs."""
    return "\t".join(_row(job))


def table_of(jobs: Iterable[JobView]) -> Table:
    """A row for each job."""
    table = Table(*COLUMNS, box=None, header_style="bold")
    for job in jobs:
        table.add_row(*map(Text, _row(job)))
    return table


def print_job(job: JobView) -> None:
    """Everything about it, a line for each member that it has."""
    for name in dict.fromkeys((*FIRST, *job.raw)):
        if (value := job.raw.get(name)) not in (None, []):
            shown = (
                value
                if isinstance(value, str) and name not in ("data", "result")
                else json.dumps(value, ensure_ascii=False)
            )
            print(f"{name:<16} {printable(shown)}")  # noqa: T201


def printable(text: str) -> str:
    """Without characters that a terminal would obey."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _row(job: JobView) -> list[str]:
    values = (job.raw[name] for name in COLUMNS)
    return [printable(",".join(value) if isinstance(value, list) else value) for value in values]
