"""How a command ends: one line on stderr that says what to do next, and an exit code that says which kind it is."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from jobproc.client.core.opening import INVALID_URL, MISSING_URL, TOKEN
from jobproc.client.errors import ClientError, JobCancelled, NotAuthenticated, Unavailable

REFUSED, USAGE, NOT_LOGGED_IN, NO_SERVICE, CANCELLED, INTERRUPTED = 1, 2, 3, 4, 5, 130
CODES: dict[type[ClientError], int] = {
    NotAuthenticated: NOT_LOGGED_IN,
    Unavailable: NO_SERVICE,
    JobCancelled: CANCELLED,
}
NO_URL = (INVALID_URL, MISSING_URL)


@contextmanager
def leaving() -> Iterator[None]:
    """Turn what goes wrong in the block into a message and an exit code."""
    try:
        yield
        # What is still buffered would meet a reader who has gone only after this, where nobody answers for it.
        sys.stdout.flush()
    except ClientError as error:
        tell(error)
        raise typer.Exit(code_of(error)) from None
    except BrokenPipeError:
        # Who read has what was wanted, as `head` has; the flush at the end must not say otherwise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(REFUSED) from None
    except OSError as error:
        tell(error)
        raise typer.Exit(REFUSED) from None


def code_of(error: ClientError) -> int:
    """The exit code of its kind."""
    if error.code in NO_URL:
        return USAGE
    return next((code for kind, code in CODES.items() if isinstance(error, kind)), REFUSED)


def tell(error: Exception) -> None:
    """What happened, and what to do next."""
    print(f"jobproc: {error}", file=sys.stderr)  # noqa: T201
    if isinstance(error, NotAuthenticated) and error.code != "invalid-credentials":
        print(f"  {_way_in()}", file=sys.stderr)  # noqa: T201


def _way_in() -> str:
    if os.environ.get(TOKEN):
        return f"{TOKEN} holds no token or API key that is good for this service."
    return "Log in: jobproc login --url URL --username NAME"
