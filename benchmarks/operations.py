"""What the jobs of the benchmarks do, beside the built-in sums."""

import time

from jobproc import operation


@operation
def moment(data: int) -> int:
    """Take a millisecond."""
    time.sleep(0.001)
    return data


@operation
def trip(data: int) -> int:
    """Take 20 ms and no processor, like a call to somebody else's service."""
    time.sleep(0.02)
    return data


@operation
def long_nap(data: float) -> float:
    """Take so many seconds and no processor."""
    time.sleep(data)
    return data
