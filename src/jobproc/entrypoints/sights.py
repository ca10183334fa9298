"""One sight for all: whoever wants to see is told."""

from collections.abc import Sequence

from jobproc.application.ports import Sight


class Sights:
    """A `Sight` that passes everything on, in this order."""

    def __init__(self, lines: Sight, numbers: Sight, others: Sequence[Sight] = ()) -> None:
        self._sights = (lines, numbers, *others)

    def saw(self, event: str, **facts: object) -> None:
        """Tell each."""
        for sight in self._sights:
            sight.saw(event, **facts)
