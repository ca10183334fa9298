"""What an operation says of its progress, checked and slowed down where it is said."""

import math
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from jobproc.domain.jobs import Progress

LONGEST_MESSAGE = 200
SHORTEST_PAUSE = 0.02


@dataclass(slots=True)
class ReportingContext:
    """A `Context` that passes on the latest report, at most every few milliseconds."""

    job_id: UUID
    attempt: int
    send: Callable[[dict[str, Any]], None]
    _latest: dict[str, Any] | None = None
    _sent_at: float = field(default=-math.inf)

    def progress(self, done: float, total: float | None = None, message: str = "") -> None:
        """Report how far the work is; what is no finite number, or a longer message, is a `ValueError`."""
        self._latest = asdict(checked(done, total, message))
        if time.monotonic() - self._sent_at >= SHORTEST_PAUSE:
            self.flush()

    def flush(self) -> None:
        """Send the latest report, if it was not sent yet."""
        if self._latest is not None:
            latest, self._latest = self._latest, None
            self._sent_at = time.monotonic()
            self.send({"id": str(self.job_id), "progress": latest})


def checked(done: float, total: float | None, message: str) -> Progress:
    """Progress that can be stored and shown."""
    if not _is_finite(done) or not (total is None or _is_finite(total)):
        raise ValueError("progress takes finite numbers")
    if not _is_short(message):
        raise ValueError(f"progress takes a message of up to {LONGEST_MESSAGE} characters")
    return Progress(done, total, _storable(message))


def _is_finite(number: object) -> bool:
    return isinstance(number, int | float) and abs(number) <= sys.float_info.max


def _is_short(message: object) -> bool:
    return isinstance(message, str) and len(message) <= LONGEST_MESSAGE


def _storable(message: str) -> str:
    return message.replace("\0", "\ufffd").encode(errors="replace").decode()
