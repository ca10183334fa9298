"""`jobproc up`: the whole service in the foreground."""

import sys
import time
from pathlib import Path
from typing import NoReturn

from jobproc.domain.errors import Unavailable
from jobproc.entrypoints.signals import stop_if_asked, stop_on_signals
from jobproc.entrypoints.stack import Stack, running_stack


def run_up(data: Path, *, host: str, port: int, slots: int) -> None:
    """Run until Ctrl-C or SIGTERM; everything is stopped before it returns."""
    stop_on_signals()
    with running_stack(data, host=host, port=port, slots=slots) as stack:
        print(WELCOME.format(url=stack.url, data=data, command=_command()), flush=True)
        watch(stack)


def watch(stack: Stack) -> NoReturn:
    """Until one of its processes ends by itself, `Unavailable`, or somebody asks for the end."""
    while not (name := stack.failed()):
        stop_if_asked()
        time.sleep(0.2)
    raise Unavailable(f"{name} ended by itself; its last lines above say why.")


def _command() -> str:
    """What starts this program here: it need not be on the path."""
    return sys.argv[0] if Path(sys.argv[0]).name == "jobproc" else "jobproc"


WELCOME = """\
jobproc is running at {url}

  page     {url}/ui
  docs     {url}/docs
  data     {data}
  stop     Ctrl-C

A first job:

  TOKEN=$(curl -s {url}/register -H 'Content-Type: application/json' \\
    -d '{{"username":"ada","password":"correct-horse-9"}}' |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])')
  curl -s {url}/jobs -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"data":[1,2,3],"operation":"square_sum"}}'
  curl -s {url}/jobsList/ -H "Authorization: Bearer $TOKEN"

Or without curl:

  {command} login --url {url} --username ada
  {command} submit square_sum '[1, 2, 3]' --wait
"""
