"""A batch, at hand."""

from collections.abc import Iterator, Mapping

from jobproc.client.blocking.job import Job
from jobproc.client.blocking.running import iterate, run
from jobproc.client.core import batches, jobs
from jobproc.client.core.session import Session
from jobproc.client.views import BatchView


class Batch:
    """Jobs that were submitted together; `view` is how they were when they were last looked at."""

    def __init__(self, session: Session, view: BatchView) -> None:
        self._session = session
        self.view = view

    def __repr__(self) -> str:
        return f"<Batch {self.id} of {self.view.total}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self.view.id

    @property
    def counts(self) -> Mapping[str, int]:
        """How many jobs had which status when it was last looked at."""
        return self.view.counts

    def refresh(self) -> "Batch":
        """Look again."""
        return self._now(run(batches.get(self._session, self.id)))

    def wait(self, timeout: float | None = None) -> "Batch":
        """Until all its jobs are final; not within so many seconds: `StillRunning`."""
        return self._now(run(batches.wait(self._session, self.id, timeout)))

    def cancel(self) -> "Batch":
        """Cancel whatever is not final yet."""
        return self._now(run(batches.cancel(self._session, self.id)))

    def jobs(self) -> Iterator[Job]:
        """Its jobs, newest first, without `data` and `result`."""
        for view in iterate(jobs.find(self._session, {"batch_id": self.id}, None)):
            yield Job(self._session, view)

    def _now(self, view: BatchView) -> "Batch":
        self.view = view
        return self
