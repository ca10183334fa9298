"""Which of their jobs somebody wants to see."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from jobproc.domain.jobs import Job, JobStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What a job must be; what is empty or None asks for nothing. Both times are exclusive."""

    statuses: tuple[JobStatus, ...] = ()
    operation: str | None = None
    tag: str | None = None
    batch_id: UUID | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None

    def wants(self, job: Job) -> bool:
        """Whether the job is all of it."""
        return (
            (not self.statuses or job.status in self.statuses)
            and (not self.operation or self.operation == job.operation)
            and (not self.tag or self.tag in job.tags)
            and self.batch_id in (None, job.batch_id)
            and (self.created_after is None or job.created_at > self.created_after)
            and (self.created_before is None or job.created_at < self.created_before)
        )


EVERY_JOB = JobFilter()
