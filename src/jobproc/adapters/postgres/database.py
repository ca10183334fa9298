"""Connections: how they are made, how long they may take, and what their failures mean."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Self, cast

import asyncpg
from sqlalchemy import URL, Engine, Executable, Row, TextClause, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    MissingGreenlet,
    OperationalError,
    TimeoutError,
)
from sqlalchemy.pool import AsyncAdaptedQueuePool, PoolProxiedConnection, QueuePool
from sqlalchemy.util import greenlet_spawn
from sqlalchemy.util.concurrency import in_greenlet

from jobproc.adapters.postgres.connection import AwaitedConnection, committed, connected
from jobproc.adapters.postgres.straight import Record, call_of
from jobproc.adapters.postgres.watch import Watch
from jobproc.domain.errors import ConfigurationError, Unavailable

DRIVER = "postgresql+asyncpg"
CONNECT_SECONDS = POOL_SECONDS = 2
COMMAND_SECONDS = 30
SERVER_SETTINGS = {
    "application_name": "jobproc",
    "statement_timeout": "20s",
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
    "timezone": "UTC",
}
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

_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")


class Database:
    """A pool of connections. Leaving it closes them all. While it is entered, a dead server is told within 3 s."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._watch = Watch(engine, driver_url(engine.url.render_as_string(hide_password=False)))
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def __aenter__(self) -> Self:
        self._watch.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._watch.stop()
        await greenlet_spawn(self.engine.dispose)

    def pool_use(self) -> tuple[int, int]:
        """Connections in use, and as many as there may be."""
        return self._pool.checkedout(), self._pool.size()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AwaitedConnection]:
        """A connection whose work is done as a whole or not at all."""
        async with _explained(), committed(self.engine) as connection:
            yield connection

    @asynccontextmanager
    async def planned_anew(self) -> AsyncIterator[AwaitedConnection]:
        """A transaction that plans its statements for their values, where one plan for all values may be far off."""
        async with self.transaction() as connection:
            await connection.execute(_PLAN_ANEW)
            yield connection

    @asynccontextmanager
    async def straight(self) -> AsyncIterator[Any]:
        """The driver's own connection, for a statement by itself or for its `transaction()`."""
        async with _explained():
            lent, is_sound = await self._lent(), False
            connection: Any = lent.driver_connection
            try:
                yield connection
                is_sound = True
            except (asyncpg.PostgresError, ValueError) as error:
                # A `ValueError` is about what was not sent at all.
                is_sound = not _state_of(error).startswith(ENDING) and not connection.is_closed()
                raise
            finally:
                if is_sound:
                    # There is room for it: the pool awaits nothing.
                    lent.close()
                else:
                    # Nobody knows what it is in the middle of.
                    await greenlet_spawn(lent.invalidate)

    @property
    def _pool(self) -> QueuePool:
        """It is another one after each exit."""
        return cast(QueuePool, self.engine.pool)

    async def _lent(self) -> PoolProxiedConnection:
        if self._pool.checkedin():
            # Nothing is awaited, and a greenlet takes three times as long as the pool itself. One that was closed
            # meanwhile has to be made anew, though.
            with suppress(MissingGreenlet):
                return self.engine.raw_connection()
        try:
            return await greenlet_spawn(self.engine.raw_connection)
        except AsyncAdapt_asyncpg_dbapi.Error as error:
            # A server that refuses a new connection; whoever asks SQLAlchemy for one gets this in its own words.
            raise (error.__cause__ or error) from None

    async def fetch(self, statement: TextClause, values: Mapping[str, Any]) -> Sequence[Record]:
        """As `run`, on the shortest way."""
        async with self.straight() as connection:
            rows: Sequence[Record] = await connection.fetch(*call_of(statement, values))
            return rows

    async def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Run one statement by itself, without the round trips of BEGIN and COMMIT; its rows, if it has any."""
        async with _explained(), connected(self._autocommit) as connection:
            result = await connection.execute(statement, values)
            return result.all() if result.returns_rows else []


def open_database(
    url: str, *, pool_size: int = 10, command_seconds: float | None = COMMAND_SECONDS
) -> Database:
    """A database for any spelling of a Postgres URL; nothing is connected yet."""
    engine = create_engine(
        _url(url),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=pool_size,
        max_overflow=0,
        # One that has to be made anew is then the next that is lent, instead of being passed over for ever.
        pool_use_lifo=True,
        pool_timeout=POOL_SECONDS,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": command_seconds,
            "server_settings": SERVER_SETTINGS,
            "record_class": Record,
        },
    )
    event.listen(engine, "checkout", _pass_over_closed)
    event.listen(engine, "do_connect", _await_it)
    return Database(engine)


def _pass_over_closed(connection: Any, *_: object) -> None:
    """The server ended it while nobody used it: the pool makes a new one, and nobody is refused for it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


def _await_it(*_: object) -> None:
    """The library finds out itself, but leaves a coroutine behind that nobody awaits."""
    if not in_greenlet():
        raise MissingGreenlet("a connection is made within a greenlet")


def driver_url(text: str) -> str:
    """The same for the driver alone, which calls one member as libpq does."""
    url = _renamed(_url(text), "ssl", "sslmode")
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def _url(text: str) -> URL:
    refusal = ConfigurationError("JOBPROC_DATABASE_URL: use postgresql://user:password@host:port/name.")
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise refusal from None
    if not url.drivername.startswith("postgres"):
        raise refusal
    return _renamed(url, "sslmode", "ssl").set(drivername=DRIVER)


def _renamed(url: URL, name: str, other: str) -> URL:
    if name not in url.query:
        return url
    return url.difference_update_query([name]).update_query_dict({other: url.query[name]})


def is_unstorable(error: Exception) -> bool:
    """Whether the values are what was wrong; asyncpg finds some of them itself, with a `ValueError` of its own."""
    cause = error.orig and error.orig.__cause__ if isinstance(error, DBAPIError) else error
    return isinstance(cause, ValueError) or _state_of(error).startswith(UNSTORABLE)


def _state_of(error: Exception) -> str:
    """Its SQLSTATE, if it has one."""
    return str(getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", None))


@asynccontextmanager
async def _explained() -> AsyncIterator[None]:
    try:
        yield
    except asyncpg.InternalClientError as error:
        # The connection was lost in the middle of something else, and is not lent again.
        raise _away() from error
    except (OperationalError, InterfaceError, asyncpg.InterfaceError, TimeoutError, OSError) as error:
        if not isinstance(error, OSError | TimeoutError) and is_unstorable(error):
            raise
        raise _away() from error
    except (DBAPIError, asyncpg.PostgresError) as error:
        state = _state_of(error)
        if state.startswith((*REFUSING, *MISSING)):
            raise Unavailable(REFUSED if state.startswith(REFUSING) else OUTDATED) from error
        if getattr(error, "connection_invalidated", False) or state.startswith(PASSING):
            raise _away() from error
        raise


REFUSED = "The database refuses this service. Check user, password and name in JOBPROC_DATABASE_URL."
OUTDATED = "The database schema is older than this program. Run `jobproc migrate`."


def _away() -> Unavailable:
    return Unavailable("The database does not answer. Try again in a few seconds.")
