"""Recording what came of claims: gathered while one statement is under way, and never given up."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from jobproc.application.events import changes
from jobproc.application.ports import JobEvents, Sight, Work
from jobproc.domain.errors import InvalidInput, Unavailable
from jobproc.domain.jobs import Cause, ErrorCode, Job, JobError

RETRY_SECONDS = 0.5
UNSTORABLE = JobError(ErrorCode.INVALID_RESULT, "InvalidResult", "The result cannot be stored.")


def nobody() -> None:
    """Called where nobody waits for work."""


@dataclass(slots=True)
class Recorder:
    """Takes settled jobs, each with the state that its claim had; `hand_on` is called when some were given back."""

    work: Work
    sight: Sight
    events: JobEvents
    hand_on: Callable[[], None] = nobody
    _waiting: list[tuple[Job, Job]] = field(default_factory=list)
    # The statement that is under way, or was last; and the one for what waits.
    _now: asyncio.Task[None] | None = None
    _next: asyncio.Task[None] | None = None

    def put(self, claimed: Job, settled: Job) -> None:
        """Record it as soon as the statement before it is through."""
        self._waiting.append((claimed, settled))
        if self._next is None:
            self._next = asyncio.create_task(self._record_after(self._now))
            # Whoever waits next is told of a failure; the loop need not tell of it, too.
            self._next.add_done_callback(_look_at)

    async def settled(self) -> None:
        """Return when all that was put so far is recorded; what keeps it from being recorded for good is raised."""
        if latest := self._next or self._now:
            await asyncio.shield(latest)

    async def taken(self) -> None:
        """Return when nothing waits for another statement than the one that is under way; raises as `settled`."""
        if self._now is not None and (self._next is not None or self._now.done()):
            await asyncio.shield(self._now)

    async def _record_after(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait((before,))
            # A failure stays, for everybody to see.
            before.result()
        batch, self._waiting = self._waiting, []
        self._now, self._next = self._next, None
        await self._record(batch)

    async def _record(self, batch: Sequence[tuple[Job, Job]]) -> None:
        try:
            await self._finish(batch)
        except InvalidInput:
            await self._record_without_the_bad_one(batch)

    async def _record_without_the_bad_one(self, batch: Sequence[tuple[Job, Job]]) -> None:
        if len(batch) == 1:
            claimed, settled = batch[0]
            self.sight.saw("job.unstorable", job=claimed.id, operation=claimed.operation)
            await self._finish([(claimed, claimed.fail(UNSTORABLE, settled.changed_at, jitter=0))])
            return
        middle = len(batch) // 2
        await self._record(batch[:middle])
        await self._record(batch[middle:])

    async def _finish(self, batch: Sequence[tuple[Job, Job]]) -> None:
        settled = [job for _, job in batch]
        while True:
            try:
                recorded = await self.work.finish(settled)
                break
            except Unavailable as error:
                self.sight.saw("store.away", reason=error.detail)
                await asyncio.sleep(RETRY_SECONDS)
        self.events.publish(changes(job for job in settled if job.id in recorded))
        if any(job.cause == Cause.GIVEN_BACK for job in settled):
            self.hand_on()
        for claimed, job in batch:
            self._tell(claimed, job, stale=job.id not in recorded)

    def _tell(self, claimed: Job, job: Job, *, stale: bool) -> None:
        facts: dict[str, object] = {"job": job.id, "request": job.request_id, "attempt": claimed.attempt}
        if stale:
            self.sight.saw("job.stale_report", **facts, version=job.version)
            return
        facts |= {"user": job.owner, "operation": job.operation}
        if claimed.traceparent:
            facts["traceparent"] = claimed.traceparent
        came_to = {"status": str(job.status), "cause": str(job.cause)}
        self.sight.saw("job.settled", **facts, **came_to, **_times(claimed, job))


def _times(claimed: Job, job: Job) -> dict[str, float | None]:
    """Seconds from due to claimed, and from there to the end; an attempt that does not count has none."""
    started = claimed.started_at or job.changed_at
    waited = (started - (claimed.queued_at or started)).total_seconds()
    took = None if job.cause == Cause.GIVEN_BACK else (job.changed_at - started).total_seconds()
    return {"waited": waited, "seconds": took}


def _look_at(recording: asyncio.Task[None]) -> None:
    if not recording.cancelled():
        recording.exception()
