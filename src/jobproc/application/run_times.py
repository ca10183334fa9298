"""How long operations take, as far as this worker has seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from jobproc.domain.jobs import Job

UNKNOWN_SECONDS = 0.05
BUDGET_SECONDS = 0.05
# A longer run counts at once, a shorter one little by little: one claim too small costs a round trip, one too large
# makes short jobs wait behind long ones.
FALL = 0.05


@dataclass(frozen=True, slots=True)
class RunTimes:
    """A pessimistic run time for each operation, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    def learn(self, operation: str, seconds: float) -> None:
        """An attempt took that long."""
        known = self.seconds.get(operation, seconds)
        self.seconds[operation] = max(seconds, known - (known - seconds) * FALL)

    def worth(self, due: Sequence[Job]) -> Sequence[Job]:
        """The first of these jobs that fit into the budget together, one at least."""
        together = accumulate(self._expected(due))
        fitting = sum(1 for _ in _while_within(together, BUDGET_SECONDS))
        return due[: max(fitting, 1)]

    def _expected(self, jobs: Iterable[Job]) -> Iterator[float]:
        return (self.seconds.get(job.operation, UNKNOWN_SECONDS) for job in jobs)


def _while_within(totals: Iterator[float], budget: float) -> Iterator[float]:
    for total in totals:
        if total > budget:
            return
        yield total
