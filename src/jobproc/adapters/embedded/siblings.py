"""This program's own processes, beside the servers."""

import signal
import sys
from collections.abc import Mapping, Sequence
from subprocess import DEVNULL, Popen
from typing import BinaryIO

from jobproc.adapters.embedded.accounts import own_account
from jobproc.adapters.embedded.processes import launched


def launch_sibling(
    arguments: Sequence[str], environment: Mapping[str, str], output: BinaryIO | None
) -> Popen[bytes]:
    """Start `jobproc …` in a session of its own; it ends with this process. Without `output` it shares ours."""
    command = (sys.executable, "-m", "jobproc", *arguments)
    return Popen(
        launched(command, own_account(), signal.SIGTERM),
        env=dict(environment),
        stdin=DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
