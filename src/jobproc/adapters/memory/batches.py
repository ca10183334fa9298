"""Batches beside the jobs in memory."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

from jobproc.adapters.memory.jobs import JobStore
from jobproc.application.turns import in_turns
from jobproc.domain.batches import Batch, BatchState
from jobproc.domain.jobs import Job


class MemoryBatches:
    """`Batches` in a dictionary."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._adding = asyncio.Lock()

    async def add(self, batch: Batch, jobs: Sequence[Job]) -> Batch:
        """Store a new batch and its jobs, unless its key is taken."""
        async with self._adding:
            if earlier := self._of_key(batch):
                return earlier
            async for job in in_turns(jobs):
                self._store.put([job])
            self._store.batches[batch.id] = batch
        return batch

    async def get(self, owner: UUID, id: UUID) -> BatchState | None:
        """The owner's batch, with how many of its jobs have each status."""
        batch = self._store.batches.get(id)
        if batch is None or batch.owner != owner:
            return None
        return BatchState(batch, Counter(job.status for job in self._jobs(batch)))

    async def job_ids(self, owner: UUID, id: UUID) -> Sequence[UUID]:
        """The jobs of the owner's batch in the order in which they were submitted."""
        batch = self._store.batches.get(id)
        return sorted(job.id for job in self._jobs(batch)) if batch and batch.owner == owner else []

    def _jobs(self, batch: Batch) -> Iterator[Job]:
        return self._store.where(lambda job: job.batch_id == batch.id)

    def _of_key(self, batch: Batch) -> Batch | None:
        key = (batch.owner, batch.idempotency_key)
        earlier = (each for each in self._store.batches.values() if (each.owner, each.idempotency_key) == key)
        return next(earlier, None) if batch.idempotency_key is not None else None
