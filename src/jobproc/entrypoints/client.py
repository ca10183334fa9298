"""The commands that use a service, with their parameters; the client is loaded once one of them is called."""

from collections.abc import Callable
from typing import Annotated

import typer

from jobproc.domain.jobs import JobStatus


def complete_status(incomplete: str) -> list[str]:
    """Statuses that begin so."""
    return [each.value for each in JobStatus if each.startswith(incomplete)]


def complete_operation(incomplete: str) -> list[tuple[str, str]]:
    """Names that begin so."""
    from jobproc.client.commands.completing import operation_names

    return operation_names(incomplete)


def complete_id(incomplete: str) -> list[tuple[str, str]]:
    """Ids of recent jobs that begin so."""
    from jobproc.client.commands.completing import job_ids

    return job_ids(incomplete)


PANEL = "Use a service"
HERE = "http://127.0.0.1:8000"

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Wait = Annotated[bool, typer.Option("--wait", help="Wait until it is final, and print its result.")]
Url = Annotated[str, typer.Option(envvar="JOBPROC_URL", help="Where the service is.")]
Username = Annotated[str | None, typer.Option(help="Asked for if it is left out.", show_default=False)]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")]
Register = Annotated[bool, typer.Option("--register", help="Make the account first.")]
Operation = Annotated[
    str,
    typer.Argument(
        metavar="OPERATION", help="Its name.", show_default=False, autocompletion=complete_operation
    ),
]
Data = Annotated[str, typer.Argument(metavar="DATA", help="JSON, @FILE or - for stdin.", show_default=False)]
Id = Annotated[
    str,
    typer.Argument(metavar="ID", help="Of the job.", show_default=False, autocompletion=complete_id),
]
Ids = Annotated[
    list[str],
    typer.Argument(metavar="ID…", help="Of the jobs.", show_default=False, autocompletion=complete_id),
]
Key = Annotated[
    str | None,
    typer.Option(help="Idempotency key: the same key and data are the same job.", show_default=False),
]
Priority = Annotated[int, typer.Option(help="-100 to 100, higher first.", min=-100, max=100)]
Seconds = Annotated[float | None, typer.Option(help="Start no sooner than so many seconds from now.", min=0)]
Timeout = Annotated[float | None, typer.Option(help="How long each attempt may take.", min=0.1)]
Attempts = Annotated[int | None, typer.Option(help="How many attempts it has.", min=1)]
Retention = Annotated[int | None, typer.Option(help="How long it is kept once it is final.", min=0)]
RunAt = Annotated[str | None, typer.Option(help="Start no sooner than this time (RFC 3339).")]
Tags = Annotated[list[str] | None, typer.Option("--tag", help="Repeatable.", show_default=False)]
Statuses = Annotated[
    list[str] | None,
    typer.Option(
        "--status",
        help=f"{', '.join(JobStatus)}; repeatable.",
        show_default=False,
        autocompletion=complete_status,
    ),
]
Named = Annotated[
    str | None,
    typer.Option(help="Of this operation only.", show_default=False, autocompletion=complete_operation),
]
Tag = Annotated[str | None, typer.Option(help="With this tag only.", show_default=False)]
Batch = Annotated[str | None, typer.Option(help="Of this batch only.", show_default=False)]
After = Annotated[str | None, typer.Option(help="A time (RFC 3339).", show_default=False)]
WatchList = Annotated[bool, typer.Option("--watch", help="Stay, and show every change; Ctrl-C ends it.")]
Limit = Annotated[int, typer.Option(help="How many at most.", min=1)]


def add_commands(cli: typer.Typer) -> None:
    """Put the client's commands beside the others."""
    for command, shown in COMMANDS.items():
        cli.command(command.__name__, rich_help_panel=PANEL, epilog=examples(*shown))(command)


def examples(*lines: str) -> str:
    """What stands below the help of a command."""
    return "\n\n".join(("Examples:", *lines))


def login(
    url: Url = HERE,
    username: Username = None,
    password_stdin: PasswordStdin = False,
    register: Register = False,
    json: Json = False,
) -> None:
    """Log in and stay so: the tokens are kept in a file that only you can read."""
    from jobproc.client.commands.accounts import log_in

    log_in(url, username, register=register, password_stdin=password_stdin, as_json=json)


def logout(json: Json = False) -> None:
    """End the session and forget its tokens."""
    from jobproc.client.commands.accounts import log_out

    log_out(as_json=json)


def submit(
    operation: Operation,
    data: Data,
    wait: Wait = False,
    json: Json = False,
    priority: Priority = 0,
    run_at: RunAt = None,
    delay_seconds: Seconds = None,
    timeout_seconds: Timeout = None,
    max_attempts: Attempts = None,
    retention_seconds: Retention = None,
    tag: Tags = None,
    key: Key = None,
) -> None:
    """Submit a job; prints its id, or its result with --wait."""
    from jobproc.client.commands import jobs
    from jobproc.client.commands.reading import read_data, read_time
    from jobproc.client.core.jobs import Options

    options = Options(
        priority=priority,
        run_at=read_time(run_at, "--run-at"),
        delay_seconds=delay_seconds,
        timeout_seconds=timeout_seconds,
        max_attempts=max_attempts,
        retention_seconds=retention_seconds,
        tags=tag or [],
    )
    jobs.submit(operation, read_data(data), options, key=key, wait=wait, as_json=json)


def jobs(
    status: Statuses = None,
    operation: Named = None,
    tag: Tag = None,
    batch_id: Batch = None,
    created_after: After = None,
    created_before: After = None,
    limit: Limit = 50,
    watch: WatchList = False,
    json: Json = False,
) -> None:
    """List your jobs, newest first."""
    from jobproc.client.commands.jobs import list_jobs, watch_list
    from jobproc.client.commands.reading import read_filter

    wanted = read_filter(
        status=status or [],
        operation=operation,
        tag=tag,
        batch_id=batch_id,
        created_after=created_after,
        created_before=created_before,
    )
    if watch:
        watch_list(wanted, limit, as_json=json)
    else:
        list_jobs(wanted, limit, as_json=json)


def show(id: Id, json: Json = False) -> None:
    """Show a job with its data, its result and its error."""
    from jobproc.client.commands import jobs

    jobs.show(id, as_json=json)


def watch(id: Id, json: Json = False) -> None:
    """Follow a job until it is final; prints its result."""
    from jobproc.client.commands.jobs import watch_on

    watch_on(id, as_json=json)


def cancel(ids: Ids, json: Json = False) -> None:
    """Cancel jobs; what runs is stopped."""
    from jobproc.client.commands import jobs

    jobs.cancel(ids, as_json=json)


def retry(ids: Ids, json: Json = False) -> None:
    """Run failed or cancelled jobs again."""
    from jobproc.client.commands import jobs

    jobs.retry(ids, as_json=json)


COMMANDS: dict[Callable[..., None], tuple[str, ...]] = {
    login: (
        "jobproc login --username ada",
        "pass show jobproc | jobproc login --username ada --password-stdin",
    ),
    logout: ("jobproc logout",),
    submit: (
        "jobproc submit square_sum '[1, 2, 3]' --wait",
        "jobproc submit word_count @book.json --tag nightly --priority 10",
    ),
    jobs: (
        "jobproc jobs --status FAILED --limit 10",
        "jobproc jobs --tag nightly --json",
        "jobproc jobs --watch",
    ),
    show: ("jobproc show 01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10 --json",),
    watch: ("jobproc watch 01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10",),
    cancel: ("jobproc cancel 01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10",),
    retry: ("jobproc jobs --status FAILED | cut -f 1 | xargs jobproc retry",),
}
