"""Operations that behave in every way an operation can."""

import asyncio
import time
from typing import Any

from jobproc import Context, operation


@operation
def add(data: list[int]) -> int:
    """Add up."""
    return sum(data)


@operation
async def add_later(data: list[int]) -> int:
    """Add up after a moment."""
    await asyncio.sleep(0)
    return sum(data)


@operation
def tell(data: Any, context: Context) -> dict[str, Any]:
    """What a job may know of itself."""
    context.progress(1, 2, "half")
    return {"id": str(context.job_id), "attempt": context.attempt}


@operation
def fail(data: str) -> None:
    """Raise."""
    raise ValueError(data)


@operation(retry_on=(OSError,))
def stumble(data: str) -> None:
    """Raise what is worth another attempt."""
    raise ConnectionError(data)


@operation
def leave(data: int) -> None:
    """Try to end the process."""
    raise SystemExit(data)


@operation
def lie(data: Any) -> int:
    """Return what it said it would not."""
    return data  # type: ignore[no-any-return]


@operation(timeout=0.1)
def sleep(data: float) -> None:
    """Take a while."""
    time.sleep(data)


@operation(timeout=0.1, retry_on=(TimeoutError,))
def sleep_again(data: float) -> None:
    """Take a while, more than once."""
    time.sleep(data)
