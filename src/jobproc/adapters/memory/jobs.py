"""Jobs in a dictionary. One event loop at a time is all the locking there is, so no call awaits halfway."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from jobproc.adapters.memory.clock import MemoryClock
from jobproc.application.ports import Change, Page, Take, take_all
from jobproc.domain.batches import Batch
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.ids import LAST_ID
from jobproc.domain.jobs import Job, JobStatus, Step

MOST_STEPS = 499


class JobStore:
    """The jobs of one process, seen from two sides: `MemoryJobs` and `MemoryWork`."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock
        self._by_id: dict[UUID, Job] = {}
        self._by_key: dict[tuple[UUID, str], UUID] = {}
        self._timelines: dict[UUID, list[Step]] = {}
        self._sizes: Counter[UUID] = Counter()
        self.batches: dict[UUID, Batch] = {}

    def now(self) -> datetime:
        """The store's time."""
        return self._clock.read()

    def put(self, jobs: Iterable[Job]) -> None:
        """Store these states, and remember each that is new."""
        for job in jobs:
            timeline = self._timelines.setdefault(job.id, [])
            if job.batch_id and not timeline:
                self._sizes[job.batch_id] += 1
            if not timeline or timeline[-1].version < job.version:
                timeline.append(job.step)
                del timeline[1:-MOST_STEPS]
            self._by_id[job.id] = job
            if job.idempotency_key is not None:
                self._by_key[job.owner, job.idempotency_key] = job.id

    def drop(self, jobs: Iterable[Job]) -> None:
        """Forget these jobs, and each batch with its last one."""
        for job in jobs:
            del self._by_id[job.id], self._timelines[job.id]
            if job.idempotency_key is not None:
                del self._by_key[job.owner, job.idempotency_key]
            if job.batch_id:
                self._shrink(job.batch_id)

    def get(self, id: UUID) -> Job | None:
        """The job of that id."""
        return self._by_id.get(id)

    def of_key(self, owner: UUID, key: str | None) -> Job | None:
        """The owner's job of that idempotency key."""
        return self._by_id.get(self._by_key[owner, key]) if key and (owner, key) in self._by_key else None

    def timeline(self, id: UUID) -> Sequence[Step]:
        """Every change that was stored, oldest first; the first and the last 499."""
        return tuple(self._timelines.get(id, ()))

    def _shrink(self, batch: UUID) -> None:
        self._sizes[batch] -= 1
        if not self._sizes[batch]:
            del self._sizes[batch]
            self.batches.pop(batch, None)

    def where(self, wanted: Callable[[Job], bool]) -> Iterator[Job]:
        """All jobs that are wanted."""
        return filter(wanted, list(self._by_id.values()))


class MemoryJobs:
    """The users' side."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def add(self, jobs: Sequence[Job]) -> Sequence[Job]:
        """Store new jobs, and give back what is stored, in their order."""
        return [self._add(job) for job in jobs]

    def _add(self, job: Job) -> Job:
        if earlier := self._store.of_key(job.owner, job.idempotency_key):
            return earlier
        self._store.put([job])
        return job

    async def timelines(self, owner: UUID, ids: Sequence[UUID]) -> Mapping[UUID, Sequence[Step]]:
        """Every change of each of the owner's jobs, oldest first."""
        return {job.id: self._store.timeline(job.id) for job in await self.get(owner, ids)}

    async def get(self, owner: UUID, ids: Sequence[UUID], *, content: bool = True) -> Sequence[Job]:
        """The owner's jobs of these ids, in their order."""
        found = map(self._store.get, ids)
        return [_shown(job, content) for job in found if job is not None and job.owner == owner]

    async def page(
        self,
        owner: UUID,
        *,
        before: UUID | None,
        limit: int,
        wanted: JobFilter = EVERY_JOB,
        content: bool = True,
    ) -> Page:
        """At most `limit` of the owner's jobs that are wanted, newest first, older than `before`."""
        older = self._store.where(
            lambda job: job.owner == owner and job.id < (before or LAST_ID) and wanted.wants(job)
        )
        found = sorted(older, key=lambda job: job.id, reverse=True)
        jobs = [_shown(job, content) for job in found[:limit]]
        return Page(jobs, jobs[-1].id if len(found) > limit else None)

    async def change(self, owner: UUID, ids: Sequence[UUID], change: Change) -> Sequence[Job]:
        """Apply a pure function to each and store what it returns, all or none."""
        now = self._store.now()
        changed = [change(job, now) for job in await self.get(owner, ids)]
        self._store.put(changed)
        return changed

    async def erase(self, owner: UUID, ids: Sequence[UUID], check: Callable[[Job], None]) -> Sequence[UUID]:
        """Erase each that `check` lets pass, all or none."""
        found = await self.get(owner, ids)
        for job in found:
            check(job)
        self._store.drop(found)
        return [job.id for job in found]


class MemoryWork:
    """The engine's side."""

    def __init__(self, store: JobStore) -> None:
        self._store = store

    async def claim(
        self,
        worker: UUID,
        operations: Collection[str],
        *,
        limit: int,
        lease: timedelta,
        take: Take = take_all,
    ) -> Sequence[Job]:
        """Lease due jobs of these operations, each to exactly one caller."""
        now = self._store.now()
        due = self._store.where(lambda job: job.status is JobStatus.PENDING and job.operation in operations)
        claimed = [job.start(worker, now, lease) for job in take(sorted(due, key=_turn)[:limit])]
        self._store.put(claimed)
        return claimed

    async def finish(self, finished: Sequence[Job]) -> frozenset[UUID]:
        """Record what came of claims that still hold their jobs, and say which were recorded."""
        recorded = [job for job in finished if self._is_claimed(job.id, job.version - 1)]
        repeated = [job for job in finished if self._store.get(job.id) == job]
        self._store.put(recorded)
        return frozenset(job.id for job in (*recorded, *repeated))

    async def report(self, running: Sequence[Job]) -> None:
        """Store the progress of claims that still hold their jobs."""
        held = await self.held(running)
        self._store.put(
            stored._replace(progress=job.progress)
            for job in running
            if job.id in held and (stored := self._store.get(job.id))
        )

    async def held(self, claims: Sequence[Job]) -> frozenset[UUID]:
        """Which claims still hold their jobs."""
        return frozenset(job.id for job in claims if self._is_claimed(job.id, job.version))

    async def renew(self, claims: Sequence[Job], *, lease: timedelta) -> frozenset[UUID]:
        """Extend the leases of claims that still hold their jobs, and say which do."""
        until = self._store.now() + lease
        held = await self.held(claims)
        self._store.put(job._replace(lease_until=until) for id in held if (job := self._store.get(id)))
        return held

    async def rescue(self, *, limit: int, jitter: Callable[[], float]) -> Sequence[Job]:
        """Take jobs from workers whose lease has lapsed."""
        now = self._store.now()
        lapsed = self._store.where(lambda job: job.lease_until is not None and job.lease_until < now)
        return self._store_all(job.lose(now, jitter=jitter()) for job in islice(lapsed, limit))

    async def promote(self, *, limit: int) -> Sequence[Job]:
        """Queue the scheduled jobs whose date has come."""
        now = self._store.now()
        dated = self._store.where(lambda job: job.status is JobStatus.SCHEDULED and job.run_at <= now)
        return self._store_all(job.promote(now) for job in islice(dated, limit))

    async def purge(self, *, limit: int) -> int:
        """Erase final jobs past `expires_at`."""
        now = self._store.now()
        expired = self._store.where(lambda job: job.expires_at is not None and job.expires_at <= now)
        doomed = list(islice(expired, limit))
        self._store.drop(doomed)
        return len(doomed)

    async def overdue(self, age: timedelta) -> bool:
        """Whether some job has been due for longer than `age`."""
        since = self._store.now() - age
        due = self._store.where(lambda job: job.status is JobStatus.PENDING)
        return any(job.queued_at is not None and job.queued_at < since for job in due)

    def _is_claimed(self, id: UUID, version: int) -> bool:
        job = self._store.get(id)
        return job is not None and job.status is JobStatus.IN_PROGRESS and job.version == version

    def _store_all(self, changed: Iterable[Job]) -> Sequence[Job]:
        jobs = list(changed)
        self._store.put(jobs)
        return jobs


def _shown(job: Job, content: bool) -> Job:
    return job if content else job._replace(data="null", result=None)


def _turn(job: Job) -> tuple[int, datetime | None, UUID]:
    return (-job.priority, job.queued_at, job.id)
