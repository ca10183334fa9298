"""What the database's failures mean: whether the same may succeed later, whose fault it was, and what to say of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, TimeoutError

from jobproc.domain.errors import Unavailable

# SQLSTATE classes and codes (Postgres, appendix A) after which the same call may succeed: connection, transaction
# rollback, resources, operator intervention, lock not available.
PASSING = ("08", "40", "53", "57", "55P03")
# After which the server closes the connection, a moment later.
ENDING = ("08", "57P")
# Of a server that answers, but does not let this program in: its name, its password, the database's name.
REFUSING = ("28", "3D")
# Of tables and columns that a later revision brings.
MISSING = ("42P01", "42703")
# Of values that the database refuses: data, constraints, limits.
UNSTORABLE = ("22", "23", "54")
# What a statement is refused with, by SQLAlchemy or straight by the driver.
STATEMENT_ERRORS = (DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError)
# What may mean something else than it says.
FAILURES = (*STATEMENT_ERRORS, asyncpg.InternalClientError, TimeoutError, OSError)

REFUSED = "The database refuses this service. Check user, password and name in JOBPROC_DATABASE_URL."
OUTDATED = "The database schema is older than this program. Run `jobproc migrate`."
AWAY = "The database does not answer. Try again in a few seconds."


def is_unstorable(error: Exception) -> bool:
    """Whether the values are what was wrong; asyncpg finds some of them itself, with a `ValueError` of its own."""
    cause = error.orig and error.orig.__cause__ if isinstance(error, DBAPIError) else error
    return isinstance(cause, ValueError) or _state_of(error).startswith(UNSTORABLE)


def is_harmless(error: BaseException) -> bool:
    """Whether a connection that this came out of is as good as before; a `ValueError` is about what was not sent."""
    known = isinstance(error, asyncpg.PostgresError | ValueError)
    return known and not _state_of(error).startswith(ENDING)


@asynccontextmanager
async def explained() -> AsyncIterator[None]:
    """What the block raises is raised as what it means."""
    try:
        yield
    except FAILURES as error:
        explain(error)
        raise


def explain(error: BaseException) -> None:
    """Raise `Unavailable` in place of an error that is one."""
    if detail := _detail_of(error):
        raise Unavailable(detail) from error


def _detail_of(error: BaseException) -> str | None:
    match error:
        case asyncpg.InternalClientError():
            # The connection was lost in the middle of something else, and is not lent again.
            return AWAY
        case OSError() | TimeoutError():
            return AWAY
        case OperationalError() | InterfaceError() | asyncpg.InterfaceError():
            return None if is_unstorable(error) else AWAY
        case DBAPIError() | asyncpg.PostgresError():
            return _detail_of_refusal(error)
    return None


def _detail_of_refusal(error: DBAPIError | asyncpg.PostgresError) -> str | None:
    state = _state_of(error)
    if state.startswith(REFUSING):
        return REFUSED
    if state.startswith(MISSING):
        return OUTDATED
    is_lost = getattr(error, "connection_invalidated", False) or state.startswith(PASSING)
    return AWAY if is_lost else None


def _state_of(error: BaseException) -> str:
    """Its SQLSTATE, if it has one."""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None))
