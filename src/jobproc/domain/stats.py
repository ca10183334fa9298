"""How somebody's jobs have been doing lately, in numbers."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.jobs import JobStatus

LARGEST_SAMPLE = 10_000
MOST_TALLIED = 10_000
WINDOW_PATTERN = "^([1-9][0-9]{0,3}m|[1-9][0-9]{0,2}h|[1-9][0-9]?d)$"
MOST_STEPS = 30
STEPS = [timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 360, 1440, 10_080)]
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """How far back to look; it is shown in steps, at most 30 whole ones."""

    length: timedelta

    @classmethod
    def parse(cls, text: str) -> "Window":
        """From `15m`, `24h` or `7d`; another form, or more than 9999m, 999h or 99d: `InvalidInput`."""
        if re.fullmatch(WINDOW_PATTERN, text):
            return cls(int(text[:-1]) * _UNITS[text[-1]])
        detail = "Give minutes, hours or days, such as 15m, 24h or 7d; at most 9999m, 999h or 99d."
        raise InvalidInput(detail, faults=[Fault("/window", "window", detail)])

    @property
    def step(self) -> timedelta:
        """The shortest that does not make too many."""
        return next(step for step in STEPS if self.length / step <= MOST_STEPS)

    def start_of_step(self, moment: datetime) -> datetime:
        """When the step began that the moment is in; steps are the same for everybody."""
        return moment - (moment - _EPOCH) % self.step


@dataclass(frozen=True, slots=True)
class Spread:
    """The median and the 95th percentile of some seconds; None without any."""

    p50: float | None = None
    p95: float | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """How the jobs ended that ended within the step that begins at that time, and how long they waited and ran."""

    at: datetime
    counts: Mapping[JobStatus, int]
    wait: Spread = Spread()
    run: Spread = Spread()


@dataclass(frozen=True, slots=True)
class Stats:
    """Unfinished jobs are counted all; of finished ones the latest `LARGEST_SAMPLE` that ended in the window.

    `sample` is how many those are. `wait` goes from when a job was due to its start, `run` from there to its end, each
    of the last attempt. `finished` is oldest first.
    """

    counts: Mapping[JobStatus, int]
    finished: Sequence[Bucket]
    wait: Spread
    run: Spread
    sample: int

    def without_gaps(self, window: Window, now: datetime) -> "Stats":
        """With a bucket for each step that was looked at, also where nothing ended."""
        known = {bucket.at: bucket for bucket in self.finished}
        is_cut = self.sample == LARGEST_SAMPLE
        first = self.finished[0].at if is_cut else window.start_of_step(now - window.length)
        last = max([window.start_of_step(now), *known])
        steps = _steps(first, last, window.step)
        return replace(self, finished=[known.get(at, Bucket(at, {})) for at in steps])


@dataclass(frozen=True, slots=True)
class Tally:
    """How many jobs of each status a filter wants; cut where older ones than the latest were not looked at."""

    counts: Mapping[JobStatus, int]
    is_cut: bool


def spread_of(durations: Iterable[timedelta]) -> Spread:
    """Of these durations, in seconds."""
    seconds = sorted(each.total_seconds() for each in durations)
    return Spread(_percentile(seconds, 0.5), _percentile(seconds, 0.95)) if seconds else Spread()


def _percentile(ordered: Sequence[float], share: float) -> float:
    """Between two values as far as the share lies between them."""
    below, part = divmod(share * (len(ordered) - 1), 1)
    first, second = ordered[int(below)], ordered[min(int(below) + 1, len(ordered) - 1)]
    return first + part * (second - first)


def _steps(first: datetime, last: datetime, step: timedelta) -> Iterator[datetime]:
    while first <= last:
        yield first
        first += step
