"""The command `jobproc`. Every flag has an environment variable, named in its help."""

import os
import sys
from importlib import metadata
from pathlib import Path
from typing import Annotated

import typer

from jobproc.domain.errors import JobprocError
from jobproc.entrypoints.client import Json, add_commands, examples
from jobproc.entrypoints.garbage import load_without_looking
from jobproc.entrypoints.signals import exit_on_signals

AT_TERMINAL = sys.stderr.isatty()
# Boxes are for people; in a pipe a message stays in one piece.
PLAIN = {} if AT_TERMINAL else {"terminal_width": 120, "max_content_width": 120}
cli = typer.Typer(
    name="jobproc",
    no_args_is_help=True,
    context_settings={"auto_envvar_prefix": "JOBPROC", **PLAIN},
    pretty_exceptions_enable=False,
    rich_markup_mode="rich" if AT_TERMINAL else None,
)

Host = Annotated[str, typer.Option(envvar="JOBPROC_HOST", help="Address to listen on.")]
Port = Annotated[int, typer.Option(envvar="JOBPROC_PORT", help="Port to listen on.", min=1, max=65535)]
CORES = os.cpu_count() or 1

Concurrency = Annotated[int, typer.Option(envvar="JOBPROC_CONCURRENCY", help="Jobs at the same time.", min=1)]
Slots = Annotated[
    int,
    typer.Option(
        "--concurrency",
        envvar="JOBPROC_CONCURRENCY",
        help="Jobs at the same time.",
        min=1,
        show_default="the number of cores",
    ),
]
Data = Annotated[Path, typer.Option(envvar="JOBPROC_DATA", help="Folder that keeps everything.")]
DATA = Path(".jobproc")
Processes = Annotated[int, typer.Option(envvar="JOBPROC_PROCESSES", help="HTTP processes.", min=1)]
Modules = Annotated[
    str | None,
    typer.Option(envvar="JOBPROC_OPERATIONS", help="Modules to import, comma-separated.", show_default=False),
]
Service = Annotated[bool, typer.Option("--service", help="Those of the service that you are logged in at.")]
Revision = Annotated[str, typer.Option("--to", envvar="JOBPROC_REVISION", help="Revision to migrate to.")]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"jobproc {metadata.version('jobproc')}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version",
        help="Show the version and exit.",
        callback=_show_version,
        is_eager=True,
        # A variable of that name says what somebody has deployed, not that they ask.
        allow_from_autoenv=False,
    ),
]


@cli.callback()
def begin(version: Version = False) -> None:
    """Run Python functions as durable jobs, behind a REST API."""
    load_without_looking()


@cli.command(epilog=examples("jobproc up", "jobproc up --port 8080 --data /var/lib/jobproc"))
def up(host: Host = "127.0.0.1", port: Port = 8000, data: Data = DATA, concurrency: Concurrency = 2) -> None:
    """Run the whole service: Postgres, Valkey, API, worker and maintenance."""
    exit_on_signals()
    from jobproc.entrypoints.up import run_up

    run_up(data, host=host, port=port, slots=concurrency)


@cli.command(epilog=examples("jobproc demo"))
def demo() -> None:
    """Run the whole service in a temporary place, submit real jobs, show the results, stop."""
    exit_on_signals()
    from jobproc.entrypoints.demo import run_demo

    run_demo()


@cli.command(epilog=examples("jobproc api --processes 4", "JOBPROC_PROFILE=memory jobproc api"))
def api(host: Host = "127.0.0.1", port: Port = 8000, processes: Processes = 1) -> None:
    """Serve HTTP."""
    exit_on_signals()
    from jobproc.entrypoints.early import settings_for

    settings = settings_for(
        not_on_memory="keeps everything in one process: use --processes 1." if processes > 1 else ""
    )

    from jobproc.entrypoints.api import run_api

    run_api(settings, host=host, port=port, processes=processes)


@cli.command(epilog=examples("jobproc worker --concurrency 8"))
def worker(concurrency: Slots = CORES) -> None:
    """Run jobs; several workers may run on many machines."""
    exit_on_signals()
    from jobproc.entrypoints.early import settings_for

    settings = settings_for(not_on_memory="runs its jobs inside `jobproc api`: there is no worker to start.")

    from jobproc.entrypoints.worker import run_worker

    raise typer.Exit(run_worker(settings, slots=concurrency))


@cli.command(epilog=examples("jobproc maintenance"))
def maintenance() -> None:
    """Promote, rescue and purge jobs; any number may run at once."""
    exit_on_signals()
    from jobproc.entrypoints.early import settings_for

    settings = settings_for(not_on_memory="sweeps inside `jobproc api`: there is nothing to maintain.")

    from jobproc.entrypoints.maintenance import run_maintenance

    run_maintenance(settings)


@cli.command(epilog=examples("jobproc migrate"))
def migrate(to: Revision = "head") -> None:
    """Bring the database's schema to a revision; safe when two start together."""
    from jobproc.adapters.postgres.migrate import migrate as migrate_database
    from jobproc.entrypoints.settings import load_settings

    migrate_database(load_settings().database, to)


@cli.command(
    epilog=examples("jobproc operations --modules text_operations", "jobproc operations --service --json")
)
def operations(modules: Modules = None, service: Service = False, json: Json = False) -> None:
    """List the registered operations with their input types."""
    if service:
        from jobproc.client.commands import catalogue

        catalogue.list_operations(as_json=json)
    else:
        from jobproc.entrypoints.listing import list_operations

        list_operations(modules, as_json=json)


users = typer.Typer(help="See who has an account, and keep somebody out.", no_args_is_help=True)
cli.add_typer(users, name="users")
OfUp = Annotated[
    Path,
    typer.Option(envvar="JOBPROC_DATA", help="Folder of a running `jobproc up`, unless variables are set."),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Of the user.")]


@users.command("list", epilog=examples("jobproc users list"))
def list_users(data: OfUp = DATA, json: Json = False) -> None:
    """List the users in the order in which they came, with the time of it, and who is disabled."""
    from jobproc.entrypoints.users import print_users

    print_users(data, as_json=json)


@users.command("disable", epilog=examples("jobproc users disable ada"))
def disable_user(name: Name, data: OfUp = DATA, json: Json = False) -> None:
    """Keep a user out within 5 seconds: logins, sessions and API keys."""
    from jobproc.entrypoints.users import disable

    disable(name, data, as_json=json)


@users.command("enable", epilog=examples("jobproc users enable ada"))
def enable_user(name: Name, data: OfUp = DATA, json: Json = False) -> None:
    """Let a disabled user in again, with the sessions and API keys that were there."""
    from jobproc.entrypoints.users import enable

    enable(name, data, as_json=json)


add_commands(cli)


@cli.command(epilog=examples("jobproc doctor", "jobproc doctor --json"))
def doctor(data: OfUp = DATA, json: Json = False) -> None:
    """Check settings, Postgres, schema, Redis, broker, workers, what waits and upkeep; 0 when all is well."""
    from jobproc.entrypoints.doctor import run_doctor

    raise typer.Exit(run_doctor(data, as_json=json))


Door = Annotated[
    int,
    typer.Option(
        envvar=["JOBPROC_METRICS_PORT", "JOBPROC_PORT"], help="Port of the process.", min=1, max=65535
    ),
]


@cli.command(epilog=examples("jobproc alive --port 8000"))
def alive(port: Door = 8000) -> None:
    """Ask the process on this machine whether it is alive; for the health checks of containers."""
    from jobproc.entrypoints.alive import ask_alive

    ask_alive(port)


def main() -> None:
    """Run the command line; a refusal is one line on stderr and exit code 1."""
    try:
        cli()
    except JobprocError as error:
        sys.exit(f"jobproc: {error.detail}")
