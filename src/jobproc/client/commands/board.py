"""The list of jobs as it changes: a table that lives at a terminal, elsewhere a line for each change."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.live import Live

from jobproc.client.blocking.client import Client
from jobproc.client.commands.showing import line_of, print_json, table_of
from jobproc.client.core.jobs import JobFilter
from jobproc.client.views import JobView, ProgressEvent

Show = Callable[[list[JobView]], None]


def watch_jobs(client: Client, wanted: JobFilter, limit: int, *, as_json: bool) -> None:
    """Without end; each change is read from the list, so that the filters hold for it."""
    living = sys.stdout.isatty() and not as_json
    with _living() if living else _lines(_print_as_json if as_json else _print_line) as show:
        for event in client.events():
            if not isinstance(event, ProgressEvent):
                show(_read(client, wanted, limit))


def _read(client: Client, wanted: JobFilter, limit: int) -> list[JobView]:
    return [job.view for job in client.jobs(limit=limit, **wanted)]


@contextmanager
def _living() -> Iterator[Show]:
    with Live(auto_refresh=False) as live:
        yield lambda views: live.update(table_of(views), refresh=True)


@contextmanager
def _lines(tell: Callable[[JobView], None]) -> Iterator[Show]:
    told: dict[str, int] = {}

    def show(views: list[JobView]) -> None:
        for view in reversed(views):
            if told.get(view.id) != view.version:
                told[view.id] = view.version
                tell(view)

    yield show


def _print_line(view: JobView) -> None:
    print(line_of(view), flush=True)  # noqa: T201


def _print_as_json(view: JobView) -> None:
    print_json(view.raw)
