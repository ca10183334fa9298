"""The client for asyncio."""

from collections.abc import AsyncGenerator, Iterable
from typing import Any, Self, Unpack

import httpx2

from jobproc.client.concurrent.batch import AsyncBatch
from jobproc.client.concurrent.job import AsyncJob
from jobproc.client.concurrent.wire import ConcurrentWire
from jobproc.client.core import accounts, batches, catalogue, jobs
from jobproc.client.core.batches import NewJob
from jobproc.client.core.jobs import JobFilter, Options
from jobproc.client.core.opening import store_of, url_of
from jobproc.client.core.session import Session, TokenStore
from jobproc.client.views import Event, Operation, Stats, User


class AsyncClient:
    """Talks to one service as one user; tasks of one event loop may share it.

    `url` and `token` (an API key or an access token) default to the environment variables `JOBPROC_URL` and
    `JOBPROC_TOKEN`. Without a token, log in or register. For up to `patience` seconds it hides that the service is
    away or asks to come back later; every call may therefore be sent more than once, and does its work once.
    Whatever goes wrong is a `ClientError`.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        patience: float = 60.0,
        store: TokenStore | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._wire = ConcurrentWire(url_of(url), transport)
        self._session = Session(self._wire, store_of(token, store), patience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections; the session stays open on the service."""
        await self._wire.close()

    async def register(self, username: str, password: str) -> User:
        """Make an account and log in; a taken name: `Conflict`."""
        return await accounts.register(self._session, username, password)

    async def login(self, username: str, password: str) -> User:
        """Log in; wrong: `NotAuthenticated`."""
        return await accounts.login(self._session, username, password)

    async def logout(self) -> None:
        """End the session."""
        await accounts.logout(self._session)

    async def me(self) -> User:
        """Who is logged in."""
        return await accounts.get_me(self._session)

    async def submit(
        self,
        operation: str,
        data: Any,
        *,
        idempotency_key: str | None = None,
        wait: int = 0,
        **options: Unpack[Options],
    ) -> AsyncJob:
        """A new job. With `wait`, the service answers when it is final or after so many seconds (at most 60).

        With a key of your own, submitting the same again, even from another process, gives the same job.
        """
        submitted = jobs.submit(self._session, operation, data, options, key=idempotency_key, wait=wait)
        return AsyncJob(self._session, await submitted)

    async def job(self, id: str) -> AsyncJob:
        """A job as it is now; none of that id, or not yours: `NotFound`."""
        return AsyncJob(self._session, await jobs.get(self._session, id))

    async def jobs(
        self, *, limit: int | None = None, **wanted: Unpack[JobFilter]
    ) -> AsyncGenerator[AsyncJob]:
        """Your jobs, newest first, without `data` and `result`; pages are read as they are needed."""
        async for view in jobs.find(self._session, wanted, limit):
            yield AsyncJob(self._session, view)

    def events(self) -> AsyncGenerator[Event]:
        """What happens to all of your jobs, without end; `Reset` says when to read their list, first of all at once."""
        return jobs.follow_all(self._session)

    async def submit_batch(self, new: Iterable[NewJob], *, idempotency_key: str | None = None) -> AsyncBatch:
        """Many jobs, all or none: `{"operation": …, "data": …}` each, with the options of `submit`."""
        return AsyncBatch(self._session, await batches.submit(self._session, new, key=idempotency_key))

    async def batch(self, id: str) -> AsyncBatch:
        """A batch as it is now."""
        return AsyncBatch(self._session, await batches.get(self._session, id))

    async def operations(self) -> list[Operation]:
        """What the service can do."""
        return await catalogue.get_operations(self._session)

    async def operation(self, name: str) -> Operation:
        """One operation with its schemas."""
        return await catalogue.get_operation(self._session, name)

    async def stats(self, window: str = "24h") -> Stats:
        """Your jobs in numbers."""
        return await catalogue.get_stats(self._session, window)
