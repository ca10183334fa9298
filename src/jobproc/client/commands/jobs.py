"""`jobproc submit`, `jobs`, `show`, `watch`, `cancel` and `retry`."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

import typer

from jobproc.client.blocking.job import Job
from jobproc.client.commands.board import watch_jobs
from jobproc.client.commands.leaving import code_of, leaving, tell
from jobproc.client.commands.opening import WATCHING_PATIENCE, open_client
from jobproc.client.commands.reading import read_id
from jobproc.client.commands.showing import print_job, print_jobs, print_json
from jobproc.client.commands.watching import watch
from jobproc.client.core.jobs import JobFilter, Options
from jobproc.client.errors import ClientError, NotAuthenticated, Unavailable


def submit(
    operation: str, data: Any, options: Options, *, key: str | None, wait: bool, as_json: bool
) -> None:
    """Submit; then print the id, or wait and print the result."""
    with leaving(), open_client() as client:
        job = client.submit(operation, data, idempotency_key=key, **options)
        if wait:
            if sys.stderr.isatty():
                print(f"Job {job.id}", file=sys.stderr)  # noqa: T201
            _watch(job.id, as_json=as_json)
        elif as_json:
            print_json(job.view.raw)
        else:
            print(job.id)  # noqa: T201


def list_jobs(wanted: JobFilter, limit: int, *, as_json: bool) -> None:
    """The newest that fit."""
    with leaving(), open_client() as client:
        found = (job.view for job in client.jobs(limit=limit, **wanted))
        if as_json:
            print_json([view.raw for view in found])
        else:
            print_jobs(found)


def watch_list(wanted: JobFilter, limit: int, *, as_json: bool) -> None:
    """The same, and every change of it from now on."""
    with leaving(), open_client() as client:
        list(client.jobs(limit=1))
    with leaving(), open_client(WATCHING_PATIENCE) as client:
        watch_jobs(client, wanted, limit, as_json=as_json)


def show(id: str, *, as_json: bool) -> None:
    """One job, whatever its status."""
    checked = read_id(id)
    with leaving(), open_client() as client:
        job = client.job(checked)
        if as_json:
            print_json(job.view.raw)
        else:
            print_job(job.view)


def watch_on(id: str, *, as_json: bool) -> None:
    """One job until it is final."""
    checked = read_id(id)
    with leaving(), open_client() as client:
        _watch(client.job(checked).id, as_json=as_json)


def cancel(ids: Sequence[str], *, as_json: bool) -> None:
    """Each of them."""
    _act(ids, Job.cancel, as_json=as_json)


def retry(ids: Sequence[str], *, as_json: bool) -> None:
    """Each of them."""
    _act(ids, Job.retry, as_json=as_json)


def _watch(id: str, *, as_json: bool) -> None:
    """Who watches has seen that the service is there, and stays when it goes away for a while."""
    with open_client(WATCHING_PATIENCE) as client:
        watch(client, id, as_json=as_json)


def _act(ids: Sequence[str], act: Callable[[Job], Job], *, as_json: bool) -> None:
    """A refusal for one does not spare the others; without a session or a service none can be reached."""
    codes, good = [], [read_id(each) for each in ids]
    with leaving(), open_client() as client:
        for id in good:
            try:
                view = act(client.job(id)).view
            except (NotAuthenticated, Unavailable):
                raise
            except ClientError as error:
                tell(error)
                codes.append(code_of(error))
            else:
                print_json(view.raw) if as_json else print(f"{view.id}\t{view.status}")  # noqa: T201
    raise typer.Exit(max(codes, default=0))
