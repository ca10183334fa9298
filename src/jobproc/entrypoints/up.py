"""`jobproc up`: the whole service in the foreground."""

import signal
import time
from pathlib import Path

from jobproc.domain.errors import Unavailable
from jobproc.entrypoints.stack import Stack, running_stack


class Stopped(SystemExit):
    """Somebody asked for the end; the stack is left in order, with exit code 0."""


def run_up(data: Path, *, host: str, port: int, slots: int) -> None:
    """Run until Ctrl-C or SIGTERM; everything is stopped before it returns."""
    stop_on_signals()
    with running_stack(data, host=host, port=port, slots=slots) as stack:
        print(WELCOME.format(url=stack.url, data=data), flush=True)
        _watch(stack)


def stop_on_signals() -> None:
    """Turn the first signal into `Stopped`; later ones change nothing, the end is under way."""

    def stop(*_: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(0)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)


def _watch(stack: Stack) -> None:
    while not (name := stack.failed()):
        time.sleep(0.2)
    raise Unavailable(f"{name} ended by itself; its last lines above say why.")


WELCOME = """\
jobproc is running at {url}

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
"""
