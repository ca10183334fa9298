"""Workers, as far as they speak of themselves."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Presence:
    """A worker that is at work; `place` tells people where: the machine and the process."""

    id: UUID
    place: str
    slots: int
    operations: frozenset[str]


@dataclass(frozen=True, slots=True)
class Backlog:
    """The due jobs of one operation, counted up to a bound, and how long the oldest of them has waited."""

    operation: str
    count: int
    age: timedelta


def nobody_knows(due: Iterable[Backlog], present: Collection[Presence]) -> list[Backlog]:
    """Those whose operation none of these workers has."""
    known = frozenset[str]().union(*(each.operations for each in present))
    return [each for each in due if each.operation not in known]
