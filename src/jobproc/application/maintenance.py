"""Maintenance: what no worker does, and any number of processes may do at once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from jobproc.application.account_ports import Sessions
from jobproc.application.events import changes
from jobproc.application.pausing import pause
from jobproc.application.ports import JobEvents, JobQueue, Sight, Work
from jobproc.domain.errors import Unavailable

SWEEP_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Maintain:
    """One look: rescue, promote, purge, and ring again for work that nobody has come for."""

    work: Work
    queue: JobQueue
    sweep: timedelta
    jitter: Callable[[], float]
    sight: Sight
    events: JobEvents
    sessions: Sessions

    async def __call__(self) -> bool:
        """Small statements; what is left over is for the next look. Whether something may be."""
        rescued = await self.work.rescue(limit=SWEEP_LIMIT, jitter=self.jitter)
        promoted = await self.work.promote(limit=SWEEP_LIMIT)
        if rescued or promoted:
            self.events.publish(changes([*rescued, *promoted]))
            self.queue.ring()
        for job in rescued:
            facts = {"operation": job.operation, "status": str(job.status), "losses": job.losses}
            self.sight.saw("job.rescued", job=job.id, user=job.owner, request=job.request_id, **facts)
        purged = await self.work.purge(limit=SWEEP_LIMIT)
        if rescued or promoted or purged:
            self.sight.saw("jobs.swept", rescued=len(rescued), promoted=len(promoted), purged=purged)
        if forgotten := await self.sessions.purge(limit=SWEEP_LIMIT):
            self.sight.saw("sessions.swept", purged=forgotten)
        if await self.work.overdue(2 * self.sweep):
            self.queue.ring()
        return SWEEP_LIMIT in (len(rescued), len(promoted), purged, forgotten)

    async def for_ever(self, stopping: asyncio.Event) -> None:
        """Look once a sweep until stopped, sooner where a look left something; a store that is away is waited for."""
        while not stopping.is_set():
            is_more = False
            try:
                is_more = await self()
            except Unavailable as error:
                self.sight.saw("store.away", reason=error.detail)
            await pause(stopping, timedelta() if is_more else self.sweep)
