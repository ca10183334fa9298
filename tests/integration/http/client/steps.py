"""Operations for tests: one counts, one always raises."""

import time

from jobproc import Context, operation


@operation
def count(data: int, context: Context) -> int:
    """Count, and say so."""
    for number in range(1, data + 1):
        context.progress(number, data, f"at {number}")
        time.sleep(0.15)
    return data


@operation
def refuse(data: str) -> None:
    """Say no."""
    raise ValueError(data)
