"""A job, at hand of asyncio."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from jobproc.client.core import jobs
from jobproc.client.core.session import Session
from jobproc.client.views import Event, JobStatus, JobView, Progress, ProgressEvent, Step


class AsyncJob:
    """A job of the user; `view` is how it was when it was last looked at."""

    def __init__(self, session: Session, view: JobView) -> None:
        self._session = session
        self.view = view

    def __repr__(self) -> str:
        return f"<AsyncJob {self.id} {self.view.operation} {self.status}>"

    @property
    def id(self) -> str:
        """Its id."""
        return self.view.id

    @property
    def status(self) -> JobStatus:
        """Its status when it was last looked at."""
        return self.view.status

    async def refresh(self) -> "AsyncJob":
        """Look again."""
        return self._now(await jobs.get(self._session, self.id))

    async def wait(self, timeout: float | None = None) -> "AsyncJob":
        """Until it is final, whatever its end; not within so many seconds: `StillRunning`."""
        return self if self._is_complete() else self._now(await jobs.wait(self._session, self.id, timeout))

    async def result(self, timeout: float | None = None) -> Any:
        """Wait for its result; `JobFailed`, `JobCancelled`, or after so many seconds `StillRunning`."""
        return jobs.result_of((await self.wait(timeout)).view)

    async def cancel(self) -> "AsyncJob":
        """CANCELLED at once; final already: `Conflict`."""
        return self._now(await jobs.cancel(self._session, self.id))

    async def retry(self) -> "AsyncJob":
        """Run a failed or cancelled job again; else: `Conflict`."""
        return self._now(await jobs.retry(self._session, self.id))

    async def delete(self) -> None:
        """Erase it for good; not final: `Conflict`."""
        await jobs.erase(self._session, self.id)

    async def timeline(self) -> list[Step]:
        """Every change of its status so far, oldest first."""
        return await jobs.get_timeline(self._session, self.id)

    def events(self) -> AsyncGenerator[Event]:
        """What has happened to it and what happens, until it is final."""
        return jobs.follow(self._session, self.id)

    async def progress(self) -> AsyncGenerator[Progress]:
        """How far it says to be, as it goes, until it is final."""
        async with aclosing(self.events()) as events:
            async for event in events:
                if isinstance(event, ProgressEvent):
                    yield event.progress

    def _is_complete(self) -> bool:
        """Whether the view has all that a result needs; those of lists have none."""
        return self.status.is_final and "result" in self.view.raw

    def _now(self, view: JobView) -> "AsyncJob":
        self.view = view
        return self
