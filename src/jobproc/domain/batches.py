"""Jobs that were submitted as one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from jobproc.domain.jobs import JobStatus

LARGEST_BATCH = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch, as long as one of its jobs is there. `total` is how many jobs were submitted.

    `idempotency_key` is its owner's name for the request that made it, and `fingerprint` what that request asked for.
    """

    id: UUID
    owner: UUID
    total: int
    created_at: datetime
    idempotency_key: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class BatchState:
    """How many jobs of a batch have each status; one that was erased or purged counts no more."""

    batch: Batch
    counts: Mapping[JobStatus, int]

    @property
    def is_done(self) -> bool:
        """Nothing is left to run."""
        return not any(count for status, count in self.counts.items() if not status.is_final)


def fingerprint_of(fingerprints: Iterable[str]) -> str:
    """One for several in their order; SHA-256 in hexadecimal."""
    return sha256("".join(fingerprints).encode()).hexdigest()
