"""What a look at the whole installation asks, beside what each process needs for itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from jobproc.application.operating import DueWork, Workers
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Backlog, nobody_knows


@dataclass(frozen=True, slots=True)
class WorkersPart:
    """A `Part`: somebody works."""

    workers: Workers
    name: str = "workers"
    is_needed: bool = True

    async def check(self) -> str:
        """Where they are."""
        present = await self.workers.present()
        if not present:
            raise Unavailable("No worker is there. Start one: `jobproc worker`.")
        return ", ".join(f"{each.place} ({each.slots} slots)" for each in present)


@dataclass(frozen=True, slots=True)
class DueWorkPart:
    """A `Part`: no job waits for a worker that does not exist."""

    due_work: DueWork
    workers: Workers
    name: str = "jobs"
    is_needed: bool = True

    async def check(self) -> str:
        """What waits, and how long it has."""
        due = await self.due_work.by_operation()
        if unknown := nobody_knows(due, await self.workers.present()):
            raise Unavailable(
                f"No worker knows what waits: {_listed(unknown)}. Start one whose JOBPROC_OPERATIONS brings it."
            )
        return f"due: {_listed(due)}" if due else "none is due"


@dataclass(frozen=True, slots=True)
class MaintenancePart:
    """A `Part`: what is dated or lost is not left lying for longer than `patience`."""

    due_work: DueWork
    patience: timedelta
    name: str = "upkeep"
    is_needed: bool = True

    async def check(self) -> str:
        """Whether anything is left lying."""
        if (late := await self.due_work.neglected()) > self.patience:
            raise Unavailable(
                f"A job should have been promoted or rescued {late.total_seconds():.0f} s ago. "
                "Start maintenance: `jobproc maintenance`."
            )
        return "nothing is left lying"


def _listed(due: Sequence[Backlog]) -> str:
    return ", ".join(
        f"{each.count} {each.operation} (oldest {each.age.total_seconds():.0f} s)" for each in due
    )
