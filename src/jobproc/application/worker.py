"""A worker: slots that take turns, and the care for what they hold, in one loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from jobproc.application.bell import Bell
from jobproc.application.ending import end
from jobproc.application.operating import ANNOUNCE_SECONDS, Workers
from jobproc.application.ports import JobQueue
from jobproc.application.running import RunDueJobs
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Presence

ANNOUNCE = timedelta(seconds=ANNOUNCE_SECONDS)
LOOK = timedelta(seconds=0.8)
# Work often comes in a row; not at once, since what was run just now is being recorded and asked for.
SOON = timedelta(milliseconds=50)
REPORT = timedelta(seconds=0.5)
LONGEST_CHECK = timedelta(seconds=1)
LAST_MOMENT = timedelta(seconds=3)
# To ring costs whoever rings a moment, and a worker with much to do has no use for that.
RING_SECONDS = 0.5


@dataclass(slots=True)
class Worker:
    """Job slots that claim, run and record side by side; they look by themselves when no bell comes.

    `place` tells operators where it runs.
    """

    run_due_jobs: RunDueJobs
    queue: JobQueue
    drain: timedelta
    workers: Workers
    place: str
    bell: Bell = field(default_factory=Bell)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _turned_at: float = field(default_factory=time.monotonic)
    _rung_at: float = 0.0
    _busy: int = 0
    _slots: int = 0

    def __post_init__(self) -> None:
        self.run_due_jobs.hand_on = self._share

    async def __call__(self, slots: int) -> None:
        """Work until `stop`; then grant the running jobs the drain time, and give back the rest."""
        if await self._prepare(slots):
            self.ready.set()
            await self._work(slots)

    async def _prepare(self, slots: int) -> bool:
        """Whether everything is ready before somebody asks for the end; what cannot become ready is raised."""
        ready = asyncio.create_task(self.run_due_jobs.runner.prepare(slots))
        asked = asyncio.create_task(self.stopping.wait())
        while not (ready.done() or asked.done()):
            await asyncio.wait(
                (ready, asked), timeout=REPORT.total_seconds(), return_when=asyncio.FIRST_COMPLETED
            )
            self._turned_at = time.monotonic()
        is_ready = ready.done()
        for failure in filter(None, await end(ready, asked)):
            raise failure
        return is_ready

    async def _work(self, slots: int) -> None:
        self._slots = slots
        await self._announce(slots)
        turns = [asyncio.create_task(self._slot()) for _ in range(slots)]
        care = [asyncio.create_task(self._every(*each)) for each in self._care(slots)]
        asked = asyncio.create_task(self.stopping.wait())
        # None of them ends by itself, so the first that does was asked to, or has failed.
        await asyncio.wait((asked, *care, *turns), return_when=asyncio.FIRST_COMPLETED)
        self.stop()
        await asyncio.wait(turns, timeout=self.drain.total_seconds())
        giving_back = asyncio.create_task(self.run_due_jobs.give_back())
        # A store that is away is not waited for: the leases run out by themselves.
        await asyncio.wait((giving_back,), timeout=LAST_MOMENT.total_seconds())
        await self.workers.leave(self.run_due_jobs.worker_id)
        for failure in filter(None, await end(*care, *turns, giving_back)):
            raise failure

    async def run_all_due(self) -> int:
        """Run until nothing is due; how many jobs were run. For callers that want no loop of their own."""
        total = 0
        while ran := await self.run_due_jobs():
            total += ran
        return total

    def wake(self) -> None:
        """There may be due work. Call it from the worker's own loop."""
        self.bell.ring()

    def stop(self) -> None:
        """Claim nothing more. Call it from the worker's own loop."""
        self.stopping.set()
        self.bell.ring()

    def deaf_for(self) -> float:
        """Seconds since the loop last turned; a watchdog outside the loop may ask."""
        return time.monotonic() - self._turned_at

    async def _announce(self, slots: int) -> None:
        operations = frozenset(self.run_due_jobs.operations)
        await self.workers.announce(Presence(self.run_due_jobs.worker_id, self.place, slots, operations))

    def _care(self, slots: int) -> tuple[tuple[timedelta, Callable[[], Awaitable[None]]], ...]:
        lease = self.run_due_jobs.lease
        return (
            (lease / 3, self.run_due_jobs.renew),
            (min(LONGEST_CHECK, lease / 4), self.run_due_jobs.check),
            (REPORT, self.run_due_jobs.report),
            (ANNOUNCE, partial(self._announce, slots)),
        )

    async def _slot(self) -> None:
        """It looks when the bell rings, also for itself: a turn that leaves something rings for the next one."""
        while not self.stopping.is_set():
            self._busy += 1
            ran = await self._available(self.run_due_jobs)
            self._busy -= 1
            await self.bell.wait(SOON if ran else LOOK)
        # Nobody else would tell the next one to end.
        self.bell.ring()

    def _share(self) -> None:
        """More is due than a slot takes: wake the next one, and when all are busy, now and then, another worker."""
        self.bell.ring()
        is_busy = self._busy >= self._slots and time.monotonic() - self._rung_at > RING_SECONDS
        if is_busy or self.stopping.is_set():
            self._rung_at = time.monotonic()
            self.queue.ring()

    async def _every(self, interval: timedelta, care: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(interval.total_seconds())
            self._turned_at = time.monotonic()
            await self._available(care)

    async def _available(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Its answer; None when the store is away, which the next turn finds out anew."""
        try:
            return await call()
        except Unavailable as error:
            self.run_due_jobs.sight.saw("store.away", reason=error.detail)
            return None
