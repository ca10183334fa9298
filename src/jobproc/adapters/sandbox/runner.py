"""Operations in children of this process: as many as run at once, used again and again."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Self
from uuid import UUID

from jobproc.adapters.sandbox.process import keep_environment_to_oneself, spawn
from jobproc.adapters.sandbox.slot import Slot
from jobproc.adapters.sandbox.trip import Trip, trip_of
from jobproc.application.ending import INSIST_SECONDS, side_by_side
from jobproc.application.ports import Report
from jobproc.domain.errors import ConfigurationError
from jobproc.domain.jobs import Job, Outcome
from jobproc.domain.operations import OperationRegistry

TRIES = 3
NOT_READY = (
    "The child processes that run operations do not start; what they wrote above says why. They import the modules"
    " of JOBPROC_OPERATIONS as this process does, but get no JOBPROC_ variable."
)


class SandboxRunner:
    """An `OperationRunner` over child processes. An async context manager; leaving it ends all of them.

    `command` is what `python -m` takes to become a child. Children that do not start: `ConfigurationError`.
    """

    def __init__(self, operations: OperationRegistry, command: Sequence[str]) -> None:
        self._operations = operations
        self._command = command
        self._idle: list[Slot] = []
        self._under_way: dict[int, Trip] = {}

    async def __aenter__(self) -> Self:
        keep_environment_to_oneself()
        return self

    async def __aexit__(self, *_: object) -> None:
        for trip in self._under_way.values():
            trip.end()
        await asyncio.gather(*(slot.close() for slot in self._idle))

    async def prepare(self, slots: int) -> None:
        """Start that many children; they import what they need side by side."""
        starts = (self._add_idle() for _ in range(slots - len(self._idle)))
        # Sooner than whoever gives up this call insists.
        await side_by_side(*starts, insist=INSIST_SECONDS / 5)

    async def run(
        self, jobs: Sequence[Job], *, patience: timedelta, report: Report
    ) -> AsyncIterator[tuple[Job, Outcome | None]]:
        """Run claimed jobs one after the other, each outcome as soon as it is there."""
        trip = trip_of(jobs, self._operations, patience.total_seconds(), report)
        self._under_way[id(trip)] = trip
        try:
            while trip.waiting and not trip.over:
                slot = self._idle.pop() if self._idle else await self._start()
                try:
                    async for ended in trip.go(slot):
                        yield ended
                finally:
                    await self._put_back(slot)
            for job in list(trip.waiting.values()):
                yield job, None
        finally:
            del self._under_way[id(trip)]

    def stop(self, id: UUID) -> None:
        """End the work of that job within a moment, whatever it is doing."""
        for trip in self._under_way.values():
            trip.stop(id)

    async def _add_idle(self) -> None:
        """Each by itself: those that are ready when the others are given up must be closed, too."""
        self._rest(await self._start())

    async def _start(self) -> Slot:
        """A child that is ready; one that dies before may have been killed, several in a row were not."""
        for _ in range(TRIES):
            slot = await Slot.open(spawn(self._command))
            try:
                if await slot.begins():
                    return slot
            finally:
                if not slot.is_idle:
                    slot.kill()
                    await slot.close()
        raise ConfigurationError(NOT_READY)

    async def _put_back(self, slot: Slot) -> None:
        if slot.is_idle:
            self._rest(slot)
        else:
            slot.kill()
            await slot.close()

    def _rest(self, slot: Slot) -> None:
        slot.is_new = False
        self._idle.append(slot)
