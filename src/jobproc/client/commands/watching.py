"""A job as it goes, on stderr: a bar on a terminal, lines elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)

from jobproc.client.blocking.client import Client
from jobproc.client.commands.leaving import INTERRUPTED
from jobproc.client.commands.showing import print_json, printable
from jobproc.client.core.jobs import result_of
from jobproc.client.views import Event, ProgressEvent, StatusEvent

Tell = Callable[[Event], None]


def watch(client: Client, id: str, *, as_json: bool) -> None:
    """Show how it goes until it is final, then its result on stdout; `JobFailed`, `JobCancelled`."""
    try:
        job = client.job(id)
        with _bar() if sys.stderr.isatty() else _lines() as tell:
            for event in job.events():
                tell(event)
        view = job.refresh().view
    except KeyboardInterrupt:
        print(f"\nThe job goes on. To watch it again: jobproc watch {id}", file=sys.stderr)  # noqa: T201
        raise typer.Exit(INTERRUPTED) from None
    if as_json:
        print_json(view.raw)
    result = result_of(view)
    if not as_json:
        print_json(result)


@contextmanager
def _lines() -> Iterator[Tell]:
    yield lambda event: print(_line(event), file=sys.stderr, flush=True)  # noqa: T201


def _line(event: Event) -> str:
    match event:
        case StatusEvent(step):
            return f"{step.status}{_attempt(step.attempt)}"
        case ProgressEvent(progress=progress):
            return f"{progress.done:g}/{progress.total:g} {printable(progress.message)}".rstrip()
        case _:
            return ""


@contextmanager
def _bar() -> Iterator[Tell]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[message]}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("PENDING", total=None, message="")

        def tell(event: Event) -> None:
            match event:
                case StatusEvent(step):
                    bar.update(task, description=f"{step.status}{_attempt(step.attempt)}")
                case ProgressEvent(progress=progress):
                    message = escape(printable(progress.message))
                    bar.update(task, completed=progress.done, total=progress.total, message=message)

        yield tell


def _attempt(number: int) -> str:
    return f" (attempt {number})" if number > 1 else ""
