"""How much a benchmark does."""

from enum import Enum, auto
from typing import TypeVar

Amount = TypeVar("Amount")


class Size(Enum):
    """`QUICK` shows that a benchmark runs and measures nothing; `LARGE` takes its time."""

    QUICK = auto()
    USUAL = auto()
    LARGE = auto()

    def of(self, quick: Amount, usual: Amount, large: Amount | None = None) -> Amount:
        """The amount for this size; where `large` is left out, the usual one."""
        if self is Size.QUICK:
            return quick
        return usual if self is Size.USUAL or large is None else large
