"""The list of jobs as it changes: a table that lives at a terminal, a line for each change in a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from jobproc.client.blocking.client import Client
from jobproc.client.commands.showing import line_of, table_of
from jobproc.client.core.jobs import JobFilter
from jobproc.client.views import JobView, ProgressEvent

Show = Callable[[list[JobView]], None]


def watch_jobs(client: Client, wanted: JobFilter, limit: int) -> None:
    """Without end; each change is read from the list, so that the filters hold for it."""
    with _living() if sys.stderr.isatty() else _lines() as show:
        for event in client.events():
            if not isinstance(event, ProgressEvent):
                show(_read(client, wanted, limit))


def _read(client: Client, wanted: JobFilter, limit: int) -> list[JobView]:
    return [job.view for job in client.jobs(limit=limit, **wanted)]


@contextmanager
def _living() -> Iterator[Show]:
    with Live(console=Console(stderr=True), auto_refresh=False) as live:
        yield lambda views: live.update(table_of(views), refresh=True)


@contextmanager
def _lines() -> Iterator[Show]:
    told: dict[str, int] = {}

    def show(views: list[JobView]) -> None:
        for view in reversed(views):
            if told.get(view.id) != view.version:
                told[view.id] = view.version
                print(line_of(view), flush=True)  # noqa: T201

    yield show
