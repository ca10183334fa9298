"""One sight for all: whoever wants to see is told."""

from jobproc.application.ports import Sight


class Sights:
    """A `Sight` that passes everything on, in this order."""

    def __init__(self, *sights: Sight) -> None:
        self._sights = sights

    def saw(self, event: str, **facts: object) -> None:
        """Tell each."""
        for sight in self._sights:
            sight.saw(event, **facts)
