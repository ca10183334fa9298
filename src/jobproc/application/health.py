"""Whether this process can do its work."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from jobproc.application.operating import Part
from jobproc.domain.errors import JobprocError

PATIENCE_SECONDS = 2.0
# Anybody may ask, as often as they like: within that time they get the same answer.
FRESH_SECONDS = 1.0
SILENT = "It does not answer."


class PartStatus(StrEnum):
    """How a part is: `degraded` is not well, but not needed either."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """How one part is, with a few words."""

    name: str
    status: PartStatus
    detail: str


async def examine(part: Part) -> PartHealth:
    """Ask a part how it is; who does not answer in time is not well."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return PartHealth(part.name, PartStatus.OK, await part.check())
    except JobprocError as error:
        detail = error.detail
    except TimeoutError:
        detail = SILENT
    return PartHealth(part.name, PartStatus.FAILED if part.is_needed else PartStatus.DEGRADED, detail)


@dataclass(frozen=True, slots=True)
class Readiness:
    """How all parts are."""

    parts: Sequence[PartHealth]

    @property
    def is_ready(self) -> bool:
        """Whether every part that is needed is well."""
        return self.status is not PartStatus.FAILED

    @property
    def status(self) -> PartStatus:
        """That of the worst part."""
        found = {part.status for part in self.parts}
        worst = (PartStatus.FAILED, PartStatus.DEGRADED)
        return next((status for status in worst if status in found), PartStatus.OK)


@dataclass(slots=True)
class CheckReadiness:
    """Ask all parts at once; many callers share an answer."""

    parts: Sequence[Part]
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _answer: tuple[float, Readiness] | None = None

    async def __call__(self) -> Readiness:
        """How the parts are, or were within the last second."""
        async with self._asking:
            if self._answer is None or time.monotonic() - self._answer[0] > FRESH_SECONDS:
                found = await asyncio.gather(*map(examine, self.parts))
                self._answer = time.monotonic(), Readiness(found)
            return self._answer[1]
