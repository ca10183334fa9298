"""Connections of SQLAlchemy Core for coroutines.

SQLAlchemy's own, of `sqlalchemy.ext.asyncio`, bring its object mapper, which nothing here uses, into every process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from typing import Any, TypeVar, TypeVarTuple

from sqlalchemy import Connection, CursorResult, Engine, Executable
from sqlalchemy.util import greenlet_spawn

T = TypeVar("T")
Values = TypeVarTuple("Values")


class AwaitedConnection:
    """A connection that is lent for a while; its first statement begins a transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def execute(
        self, statement: Executable, values: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run a statement; all its rows are there."""
        return await greenlet_spawn(self._connection.execute, statement, values)

    async def run_sync(self, function: Callable[[Connection, *Values], T], *values: *Values) -> T:
        """What a function makes of the library's connection, as if that were not asynchronous."""
        return await greenlet_spawn(function, self._connection, *values)


@asynccontextmanager
async def connected(
    engine: Engine, asking: Callable[[], AbstractContextManager[None]] = nullcontext
) -> AsyncIterator[AwaitedConnection]:
    """A connection of the engine's pool, which is asked within `asking`; what was not committed is rolled back."""
    with asking():
        pool, connection = engine.pool, await greenlet_spawn(engine.connect)
    try:
        yield AwaitedConnection(connection)
    finally:
        await _to_the_end(greenlet_spawn(_put_back, connection, engine.pool is not pool))


@asynccontextmanager
async def committed(
    engine: Engine, asking: Callable[[], AbstractContextManager[None]] = nullcontext
) -> AsyncIterator[AwaitedConnection]:
    """The same; what was done is committed, unless it fails."""
    async with connected(engine, asking) as connection:
        yield connection
        await connection.run_sync(Connection.commit)


def _put_back(connection: Connection, pool_is_left: bool) -> None:
    with connection:
        # To close would do, but after a failed commit it takes the transaction for one that has ended well.
        connection.rollback()
        if pool_is_left:
            # Nobody else would end it.
            connection.invalidate()


async def _to_the_end(cleanup: Coroutine[Any, Any, None]) -> None:
    """Who is cancelled meanwhile hears it afterwards: half put back, a connection is lost for everybody."""
    task = asyncio.create_task(cleanup)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError as error:
            cancelled = error
    task.result()
    if cancelled:
        raise cancelled
