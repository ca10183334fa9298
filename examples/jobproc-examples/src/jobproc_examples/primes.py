"""Long work: the service can end it at any moment, whatever it is doing."""

from typing import Annotated

from annotated_types import Ge, Le

from jobproc import Context, operation

Limit = Annotated[int, Ge(0), Le(10_000_000)]
STEP = 10_000


@operation(timeout=600, examples=[100])
def count_primes(data: Limit, context: Context) -> int:
    """Count the prime numbers below a limit.

    Each number is tried by itself, which takes its time: a good job to watch, and to cancel.
    """
    found = 0
    for number in range(2, data):
        found += is_prime(number)
        if number % STEP == 0:
            context.progress(number, data, f"{found} so far")
    return found


def is_prime(number: int) -> bool:
    """Whether only 1 and the number itself divide it."""
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
