"""A job, at hand."""

from collections.abc import Iterator
from typing import Any

from jobproc.client.blocking.running import iterate, run
from jobproc.client.core import jobs
from jobproc.client.core.session import Session
from jobproc.client.views import Event, JobStatus, JobView, Progress, ProgressEvent, Step


class Job:
    """A job of the user; `view` is how it was when it was last looked at."""

    def __init__(self, session: Session, view: JobView) -> None:
        self._session = session
        self.view = view

    def __repr__(self) -> str:
        return f"<Job {self.id} {self.view.operation} {self.status}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self.view.id

    @property
    def status(self) -> JobStatus:
        """Its status when it was last looked at."""
        return self.view.status

    def refresh(self) -> "Job":
        """Look again."""
        return self._now(run(jobs.get(self._session, self.id)))

    def wait(self, timeout: float | None = None) -> "Job":
        """Until it is final, whatever its end; not within so many seconds: `StillRunning`."""
        return self if self._is_complete() else self._now(run(jobs.wait(self._session, self.id, timeout)))

    def result(self, timeout: float | None = None) -> Any:
        """Wait for its result; `JobFailed`, `JobCancelled`, or after so many seconds `StillRunning`."""
        return jobs.result_of(self.wait(timeout).view)

    def cancel(self) -> "Job":
        """CANCELLED at once; final already: `Conflict`."""
        return self._now(run(jobs.cancel(self._session, self.id)))

    def retry(self) -> "Job":
        """Run a failed or cancelled job again; else: `Conflict`."""
        return self._now(run(jobs.retry(self._session, self.id)))

    def delete(self) -> None:
        """Erase it for good; not final: `Conflict`."""
        run(jobs.erase(self._session, self.id))

    def timeline(self) -> list[Step]:
        """Every change of its status so far, oldest first."""
        return run(jobs.get_timeline(self._session, self.id))

    def events(self) -> Iterator[Event]:
        """What has happened to it and what happens, until it is final."""
        return iterate(jobs.follow(self._session, self.id))

    def progress(self) -> Iterator[Progress]:
        """How far it says to be, as it goes, until it is final."""
        return (event.progress for event in self.events() if isinstance(event, ProgressEvent))

    def _is_complete(self) -> bool:
        """Whether the view has all that a result needs; those of lists have none."""
        return self.status.is_final and "result" in self.view.raw

    def _now(self, view: JobView) -> "Job":
        self.view = view
        return self
