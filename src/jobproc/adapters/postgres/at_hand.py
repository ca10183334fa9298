"""Connections that are kept at hand for the statements that are run most."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple, cast

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.pool import PoolProxiedConnection, QueuePool
from sqlalchemy.util import greenlet_spawn

from jobproc.adapters.postgres.failures import FAILURES, explain, is_harmless
from jobproc.adapters.postgres.watch import Watch, key_of


class Lent(NamedTuple):
    """What the pool has lent, the driver's own connection in it, and its key for the watch.

    To ask SQLAlchemy for the last two takes a dozen calls, which is a part of what a statement takes.
    """

    proxied: PoolProxiedConnection
    connection: Any
    key: int


class AtHand:
    """What the engine's pool has lent and nobody uses: the pool takes half as long to lend one as a statement to run.

    Nobody waits for what is kept here: who asks the pool gets it first, and nothing is kept meanwhile.
    """

    def __init__(self, engine: Engine, watch: Watch) -> None:
        self._engine = engine
        self._watch = watch
        self._kept: list[Lent] = []
        self._asking = 0
        self.is_closed = False

    def use(self) -> tuple[int, int]:
        """Connections in use, and as many as there may be."""
        return self._pool.checkedout() - len(self._kept), self._pool.size()

    async def take(self) -> Lent:
        """One that is sound; without any the pool lends, or makes, one."""
        while self._kept:
            kept = self._kept.pop()
            if not kept.connection.is_closed():
                self._watch.begin(kept.key, kept.connection)
                return kept
            kept.proxied.invalidate()
        try:
            with self.asking():
                proxied = await greenlet_spawn(self._engine.raw_connection)
        except AsyncAdapt_asyncpg_dbapi.Error as error:
            # A server that refuses a new connection; whoever asks SQLAlchemy for one gets this in its own words.
            raise (error.__cause__ or error) from None
        return Lent(proxied, proxied.driver_connection, key_of(proxied))

    def put_back(self, lent: Lent) -> None:
        """Keep it, unless somebody asks the pool."""
        if self.is_closed:
            # The pool that it is from has been left, and ends it no more.
            lent.proxied.invalidate()
        elif self._asking:
            # There is room for it: the pool awaits nothing.
            lent.proxied.close()
        else:
            self._watch.end(lent.key)
            self._kept.append(lent)

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Ask the pool within the block. It has one for each who asks, as long as any is kept.

        Once all is closed: `ConnectionError`.
        """
        if self.is_closed:
            # Nobody would end what it makes.
            raise ConnectionError("The database was left.")
        self._asking += 1
        try:
            while self._kept and self._pool.checkedin() < self._asking:
                self._kept.pop(0).proxied.close()
            yield
        finally:
            self._asking -= 1

    def close(self) -> None:
        """Nothing is kept any more, and nothing of what is still lent will be."""
        self.is_closed = True
        while self._kept:
            self._kept.pop().proxied.close()

    @property
    def _pool(self) -> QueuePool:
        return cast(QueuePool, self._engine.pool)


class Straight:
    """Lends a connection of the driver for a block, and explains what comes out of it."""

    __slots__ = ("_at_hand", "_lent")

    def __init__(self, at_hand: AtHand) -> None:
        self._at_hand = at_hand

    async def __aenter__(self) -> Any:
        try:
            self._lent = await self._at_hand.take()
        except FAILURES as error:
            explain(error)
            raise
        return self._lent.connection

    async def __aexit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if error is None or (is_harmless(error) and not self._lent.connection.is_closed()):
            self._at_hand.put_back(self._lent)
        else:
            # Nobody knows what it is in the middle of.
            await greenlet_spawn(self._lent.proxied.invalidate)
        if error is not None:
            explain(error)
