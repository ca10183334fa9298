"""A batch, at hand of asyncio."""

from collections.abc import AsyncGenerator, Mapping

from jobproc.client.concurrent.job import AsyncJob
from jobproc.client.core import batches, jobs
from jobproc.client.core.session import Session
from jobproc.client.views import BatchView


class AsyncBatch:
    """Jobs that were submitted together; `view` is how they were when they were last looked at."""

    def __init__(self, session: Session, view: BatchView) -> None:
        self._session = session
        self.view = view

    def __repr__(self) -> str:
        return f"<AsyncBatch {self.id} of {self.view.total}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self.view.id

    @property
    def counts(self) -> Mapping[str, int]:
        """How many jobs had which status when it was last looked at."""
        return self.view.counts

    async def refresh(self) -> "AsyncBatch":
        """Look again."""
        return self._now(await batches.get(self._session, self.id))

    async def wait(self, timeout: float | None = None) -> "AsyncBatch":
        """Until all its jobs are final; not within so many seconds: `StillRunning`."""
        return self._now(await batches.wait(self._session, self.id, timeout))

    async def cancel(self) -> "AsyncBatch":
        """Cancel whatever is not final yet."""
        return self._now(await batches.cancel(self._session, self.id))

    async def jobs(self) -> AsyncGenerator[AsyncJob]:
        """Its jobs, newest first, without `data` and `result`."""
        async for view in jobs.find(self._session, {"batch_id": self.id}, None):
            yield AsyncJob(self._session, view)

    def _now(self, view: BatchView) -> "AsyncBatch":
        self.view = view
        return self
