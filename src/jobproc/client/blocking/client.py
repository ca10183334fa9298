"""The blocking client."""

from collections.abc import Iterable, Iterator
from typing import Any, Self, Unpack

import httpx2

from jobproc.client.blocking.batch import Batch
from jobproc.client.blocking.job import Job
from jobproc.client.blocking.running import iterate, run
from jobproc.client.blocking.wire import BlockingWire
from jobproc.client.core import accounts, batches, catalogue, jobs
from jobproc.client.core.batches import NewJob
from jobproc.client.core.jobs import JobFilter, Options
from jobproc.client.core.opening import store_of, url_of
from jobproc.client.core.session import Session, TokenStore
from jobproc.client.views import Event, Operation, Stats, User


class Client:
    """Talks to one service as one user; threads may share it.

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
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._wire = BlockingWire(url_of(url), transport)
        self._session = Session(self._wire, store_of(token, store), patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; the session stays open on the service."""
        self._wire.close()

    def register(self, username: str, password: str) -> User:
        """Make an account and log in; a taken name: `Conflict`."""
        return run(accounts.register(self._session, username, password))

    def login(self, username: str, password: str) -> User:
        """Log in; wrong: `NotAuthenticated`."""
        return run(accounts.login(self._session, username, password))

    def logout(self) -> None:
        """End the session."""
        run(accounts.logout(self._session))

    def me(self) -> User:
        """Who is logged in."""
        return run(accounts.get_me(self._session))

    def submit(
        self,
        operation: str,
        data: Any,
        *,
        idempotency_key: str | None = None,
        wait: int = 0,
        **options: Unpack[Options],
    ) -> Job:
        """A new job. With `wait`, the service answers when it is final or after so many seconds (at most 60).

        With a key of your own, submitting the same again, even from another process, gives the same job.
        """
        submitted = jobs.submit(self._session, operation, data, options, key=idempotency_key, wait=wait)
        return Job(self._session, run(submitted))

    def job(self, id: str) -> Job:
        """A job as it is now; none of that id, or not yours: `NotFound`."""
        return Job(self._session, run(jobs.get(self._session, id)))

    def jobs(self, *, limit: int | None = None, **wanted: Unpack[JobFilter]) -> Iterator[Job]:
        """Your jobs, newest first, without `data` and `result`; pages are read as they are needed."""
        for view in iterate(jobs.find(self._session, wanted, limit)):
            yield Job(self._session, view)

    def events(self) -> Iterator[Event]:
        """What happens to all of your jobs, without end; `Reset` says when to read their list, first of all at once."""
        return iterate(jobs.follow_all(self._session))

    def submit_batch(self, new: Iterable[NewJob], *, idempotency_key: str | None = None) -> Batch:
        """Many jobs, all or none: `{"operation": …, "data": …}` each, with the options of `submit`."""
        return Batch(self._session, run(batches.submit(self._session, new, key=idempotency_key)))

    def batch(self, id: str) -> Batch:
        """A batch as it is now."""
        return Batch(self._session, run(batches.get(self._session, id)))

    def operations(self) -> list[Operation]:
        """What the service can do."""
        return run(catalogue.get_operations(self._session))

    def operation(self, name: str) -> Operation:
        """One operation with its schemas."""
        return run(catalogue.get_operation(self._session, name))

    def stats(self, window: str = "24h") -> Stats:
        """Your jobs in numbers."""
        return run(catalogue.get_stats(self._session, window))
