"""What a child of the worker is: the operations, a connection to the worker, and nothing else."""

import resource
import signal
import socket
import sys

from jobproc.adapters.logs.lines import set_up_lines
from jobproc.adapters.pydantic.types import PydanticTypes
from jobproc.adapters.sandbox.child import Child
from jobproc.adapters.sandbox.process import die_with
from jobproc.entrypoints.operations import load_operations


def main(
    modules: str,
    memory_bytes: str,
    max_result_bytes: str,
    log_form: str,
    connection: str,
    tickets: str,
    parent: str,
) -> None:
    """Serve until the worker hangs up."""
    die_with(int(parent))
    set_up_lines(log_form, "warning")
    # Ctrl-C in a terminal is for the worker, which decides what becomes of its children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    types = PydanticTypes()
    operations = load_operations(modules.split(","), types)
    # After the imports, and only for data: an address space would count libraries as well.
    resource.setrlimit(resource.RLIMIT_DATA, (int(memory_bytes), int(memory_bytes)))
    worker = socket.socket(fileno=int(connection))
    Child(worker, int(tickets), operations, types, int(max_result_bytes)).serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
