"""What the jobs of the fault suite do, beside the wild ones."""

import os
import time
from pathlib import Path
from typing import Any

from jobproc import Context, operation


@operation
def echo(data: Any) -> Any:
    """Give back what came."""
    return data


@operation
def nap(data: float) -> str:
    """Sleep."""
    time.sleep(data)
    return "slept"


@operation
def doze(data: float) -> str:
    """Sleep, now shortly, now for long."""
    return nap(data)


@operation
def note(data: str) -> str:
    """Write a line into that file at the beginning, and take a moment."""
    with Path(data).open("a") as file:
        file.write("begun\n")
    time.sleep(0.3)
    return "noted"


@operation(retry_on=(OSError,))
def raise_once(data: str) -> str:
    """Raise while that file is not there, which the first attempt makes."""
    file = Path(data)
    if not file.exists():
        file.touch()
        raise OSError(f"no {file} yet")
    return "twice"


@operation(retry_on=(OSError,))
def raise_always(data: str) -> None:
    """Raise that."""
    raise {"listed": ConnectionResetError, "unlisted": LookupError, "base": KeyboardInterrupt}[data](
        f"{data}, said by {__file__}"
    )


@operation
def count_to(data: int, context: Context) -> int:
    """Tell each number."""
    for done in range(1, data + 1):
        context.progress(done, data, f"at {done}")
        time.sleep(0.02)
    return data


@operation
def linger(data: str) -> None:
    """Tell that file who runs this, and stay."""
    Path(data).write_text(str(os.getpid()))
    time.sleep(1000)
