"""Operations that do whatever other people's code may do."""

import asyncio
import ctypes
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from jobproc import Context, operation


@operation
def total(data: list[int]) -> int:
    """Add up."""
    return sum(data)


@operation
async def total_later(data: list[int]) -> int:
    """Add up after a moment."""
    await asyncio.sleep(0.01)
    return sum(data)


@operation
def pid(data: Any) -> int:
    """The process that runs this."""
    return os.getpid()


@operation
def tell(data: float, context: Context) -> str:
    """Report, and take a while."""
    context.progress(1, 2, "half")
    time.sleep(data)
    return str(context.job_id)


@operation
def chatter(data: int, context: Context) -> int:
    """Report very often."""
    for done in range(data):
        context.progress(done, data)
    return data


@operation
def fail(data: Any) -> None:
    """Raise."""
    raise ValueError("boom")


@operation
def leave(data: Any) -> None:
    """Try to end the process politely."""
    raise SystemExit(3)


@operation
def spin(data: Any) -> None:
    """Never end, in Python."""
    while True:
        pass


@operation
def power(data: Any) -> int:
    """Never end, in C, without letting go of the interpreter."""
    return int(10**10**8 > 0)


@operation
def quit_hard(data: int) -> None:
    """End the process at once."""
    os._exit(data)


@operation
def segfault(data: Any) -> None:
    """Read what is not there."""
    ctypes.string_at(0)


@operation
def kill_itself(data: Any) -> None:
    """Be killed from outside."""
    os.kill(os.getpid(), signal.SIGKILL)


@operation
def hoard(data: int) -> int:
    """Take that much memory."""
    return len(bytearray(data))


@operation
def close_everything(data: Any) -> int:
    """Close every file, the worker's connection among them."""
    os.closerange(0, 256)
    return 1


@operation
def write_everywhere(data: str) -> int:
    """Write that into every file, as a message into the worker's connection among them."""
    for descriptor in range(3, 64):
        with open(os.devnull, "w"):
            _write(descriptor, struct.pack("!I", 2) + data.encode())
    return 1


@operation
def print_much(data: Any) -> int:
    """Write to the standard streams in every way."""
    print("printed")
    sys.stderr.write("said\n")
    os.write(1, b"written\n")
    os.write(2, b"shouted\n")
    return 1


@operation
def start_another(data: str) -> int:
    """Start a process and leave it behind; end as wished."""
    started = subprocess.Popen(["sleep", "1000"])
    return _end(data, started.pid)


@operation
def haunt(data: float) -> int:
    """Leave a thread behind that soon lets nobody else in this process do anything."""

    def be_busy() -> None:
        time.sleep(data)
        power(None)

    threading.Thread(target=be_busy, daemon=True).start()
    return os.getpid()


@operation
def start_another_by_shell(data: str) -> int:
    """The same through a shell, which inherits what may be inherited."""
    os.system("sleep 1000 & echo $! > " + data)
    os._exit(7)


@operation
def fork_another(data: str) -> int:
    """The same by a fork that never becomes another program."""
    if child := os.fork():
        Path(data).write_text(str(child))
        os._exit(7)
    time.sleep(1000)
    return 0


@operation
def environment(data: Any) -> list[str]:
    """The names of the variables here."""
    return sorted(os.environ)


@operation
def spy(data: Any) -> str:
    """The variables of the worker."""
    return Path(f"/proc/{os.getppid()}/environ").read_text()


@operation
def descriptors(data: Any) -> list[str]:
    """What is open here."""
    return [os.readlink(each) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]


@operation
def lie(data: Any) -> int:
    """Return what it said it would not."""
    return "one"  # type: ignore[return-value]


@operation
def unstorable(data: str) -> Any:
    """Return what JSON, Postgres or a reader would not take."""
    return {
        "set": {1},
        "nan": float("nan"),
        "surrogate": "\ud800",
        "nul": "\0",
        "long": 10**4300,
        "object": object(),
    }[data]


@operation
def fill(data: int) -> str:
    """Return that many characters."""
    return "x" * data


def _write(descriptor: int, content: bytes) -> None:
    try:
        os.write(descriptor, content)
    except OSError:
        return


def _end(wish: str, pid: int) -> int:
    Path(wish.partition(":")[2]).write_text(str(pid))
    match wish.partition(":")[0]:
        case "crash":
            os._exit(7)
        case "hang":
            time.sleep(1000)
    return pid
