"""The claims that a worker has in hand: what may be known of each without asking the store."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from jobproc.domain.jobs import Job, Progress


@dataclass(frozen=True, slots=True)
class Claim:
    """A job as it was claimed, and when by this process's clock: together they tell the store's time later."""

    job: Job
    claimed_at: float
    renewed_at: float

    def now(self) -> datetime:
        """The store's time, by its time at the claim and the seconds since."""
        return self.job.changed_at + timedelta(seconds=time.monotonic() - self.claimed_at)


@dataclass(frozen=True, slots=True)
class Claims:
    """Every claim that is not settled yet, by the id of its job."""

    lease: timedelta
    held: dict[UUID, Claim] = field(default_factory=dict)
    unreported: set[UUID] = field(default_factory=set)

    def add(self, jobs: Iterable[Job], since: float) -> None:
        """These were claimed by a call that began at `since`."""
        now = time.monotonic()
        self.held.update((job.id, Claim(job, now, since)) for job in jobs)

    def jobs(self) -> list[Job]:
        """The jobs, as they are in hand."""
        return [claim.job for claim in self.held.values()]

    def take(self, job: Job) -> Claim | None:
        """The claim, if it is still in hand and still the same one; it is settled from now on."""
        claim = self.held.get(job.id)
        if claim is None or claim.job.version != job.version:
            return None
        self.unreported.discard(job.id)
        return self.held.pop(job.id)

    def renewed(self, ids: Collection[UUID], since: float) -> None:
        """The store extended these leases in a call that began at `since`."""
        self.held.update((id, replace(self.held[id], renewed_at=since)) for id in ids if id in self.held)

    def report(self, job: Job, progress: Progress) -> bool:
        """Remember how far the job is, if it is still in hand; whether it is."""
        claim = self.held.get(job.id)
        if claim is None or claim.job.version != job.version:
            return False
        self.held[job.id] = replace(claim, job=claim.job._replace(progress=progress))
        self.unreported.add(job.id)
        return True

    def to_report(self) -> list[Job]:
        """The jobs with progress that the store does not know; asked once, they count as known."""
        jobs = [self.held[id].job for id in self.unreported if id in self.held]
        self.unreported.clear()
        return jobs

    def lapsed(self) -> list[Job]:
        """Those that a sweeper may take away at any moment, since nothing has renewed them for too long."""
        seconds = self.lease.total_seconds()
        oldest = time.monotonic() - (seconds - min(2.0, seconds / 4))
        return [claim.job for claim in self.held.values() if claim.renewed_at < oldest]
