"""How long operations take, as far as this worker has seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, takewhile
from statistics import fmean

from jobproc.domain.jobs import Job

UNKNOWN_SECONDS = 0.05
BUDGET_SECONDS = 0.05
# So much of what an operation takes too long by is forgotten with each attempt; what takes longer counts at once. One
# claim too small costs a round trip, one too large makes short jobs wait behind long ones.
FALL = 0.05
# All that is taken together goes to a child in one message.
BUDGET_CHARACTERS = 8 * 1024 * 1024
# A claim looks at so many jobs and reads their data, whether it takes them or not.
SHORTEST_LOOK, FIRST_LOOK, LONGEST_LOOK = 8, 64, 256


@dataclass(slots=True)
class RunTimes:
    """A pessimistic run time for each operation, in seconds, and how many due jobs are worth a look."""

    seconds: dict[str, float] = field(default_factory=dict)
    look: int = FIRST_LOOK

    def learn(self, operation: str, *seconds: float) -> None:
        """Attempts of one turn took that long, each.

        Unless one was worth a claim of its own, only their mean counts: what a child has said is heard in heaps, and a
        process may stand still for a moment.
        """
        longest = max(seconds)
        told = longest if longest > BUDGET_SECONDS else fmean(seconds)
        longer = max(self.seconds.get(operation, told) - told, 0)
        self.seconds[operation] = told + longer * (1 - FALL) ** len(seconds)

    def worth(self, due: Sequence[Job]) -> Sequence[Job]:
        """The first of these jobs that fit into the budgets together, one at least.

        The next look goes further when all that this one reached was taken, and less far when much was left.
        """
        seconds, characters = accumulate(self._expected(due)), accumulate(len(job.data) for job in due)
        fitting = sum(1 for _ in takewhile(_is_within, zip(seconds, characters, strict=True)))
        taken = due[: max(fitting, 1)]
        if len(due) == self.look or len(taken) < len(due):
            self.look = _look_for((4 if len(taken) == len(due) else 2) * len(taken))
        return taken

    def _expected(self, jobs: Iterable[Job]) -> Iterator[float]:
        return (self.seconds.get(job.operation, UNKNOWN_SECONDS) for job in jobs)


def _is_within(budgets: tuple[float, int]) -> bool:
    seconds, characters = budgets
    return seconds <= BUDGET_SECONDS and characters <= BUDGET_CHARACTERS


def _look_for(number: int) -> int:
    """Far enough for so many: a power of two, since each is a statement of its own for the store."""
    return min(max(1 << (number - 1).bit_length(), SHORTEST_LOOK), LONGEST_LOOK)
