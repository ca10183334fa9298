"""Connections: how they are made, how long they may take, and the ways to use them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self

from sqlalchemy import URL, Engine, Executable, Row, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DisconnectionError
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.util import greenlet_spawn

from jobproc.adapters.postgres.at_hand import AtHand, Straight
from jobproc.adapters.postgres.connection import AwaitedConnection, committed, connected
from jobproc.adapters.postgres.failures import explained
from jobproc.adapters.postgres.goodbyes import Goodbyes
from jobproc.adapters.postgres.straight import Record, Statement, call_of
from jobproc.adapters.postgres.watch import Watch
from jobproc.domain.errors import ConfigurationError

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

NOTHING: Mapping[str, Any] = {}
_PLAN_ANEW = text("SET LOCAL plan_cache_mode = force_custom_plan")


class Database:
    """A pool of connections. Leaving it closes them all. While it is entered, a dead server is told within 3 s."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._watch = Watch(engine, driver_url(engine.url.render_as_string(hide_password=False)))
        self._at_hand = AtHand(engine, self._watch)
        self._goodbyes = Goodbyes(engine)
        self._autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def __aenter__(self) -> Self:
        self._watch.start()
        if self._at_hand.is_closed:
            self._at_hand = AtHand(self.engine, self._watch)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._watch.stop()
        self._at_hand.close()
        await self._goodbyes.say()
        await greenlet_spawn(self.engine.dispose)

    def pool_use(self) -> tuple[int, int]:
        """Connections in use, and as many as there may be."""
        return self._at_hand.use()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AwaitedConnection]:
        """A connection whose work is done as a whole or not at all."""
        async with explained(), committed(self.engine, self._at_hand.asking) as connection:
            yield connection

    @asynccontextmanager
    async def planned_anew(self) -> AsyncIterator[AwaitedConnection]:
        """A transaction that plans its statements for their values, where one plan for all values may be far off."""
        async with self.transaction() as connection:
            await connection.execute(_PLAN_ANEW)
            yield connection

    def straight(self) -> Straight:
        """The driver's own connection, for a statement by itself or for its `transaction()`."""
        return Straight(self._at_hand)

    async def fetch(self, statement: Statement, values: Mapping[str, Any] = NOTHING) -> Sequence[Record]:
        """As `run`, on the shortest way, for a statement that is made once and takes all its values from here."""
        async with self.straight() as connection:
            rows: Sequence[Record] = await connection.fetch(*call_of(statement, values))
            return rows

    async def run(self, statement: Executable, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """Run one statement by itself, without the round trips of BEGIN and COMMIT; its rows, if it has any."""
        async with explained(), connected(self._autocommit, self._at_hand.asking) as connection:
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
        # The one whose statements are prepared.
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
    return Database(engine)


def _pass_over_closed(connection: Any, *_: object) -> None:
    """The server ended it while nobody used it: the pool makes a new one, and nobody is refused for it."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError("closed by the server")


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
