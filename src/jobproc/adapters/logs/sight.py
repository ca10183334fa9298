"""Events as lines: the name of the event, then its facts."""

from typing import Any

import structlog

# Somebody should know.
LOUD = {"store.away", "job.stale_report", "job.stopped", "job.unstorable", "job.rescued", "ring.lost"}
# For who wants to look closer: what happens all the time.
LOW = {"jobs.claimed", "jobs.swept", "request.limited"}
# Asked every few seconds by machines.
PROBES = {"/livez", "/readyz", "/metrics"}


class LogSight:
    """A `Sight` that writes lines, as `set_up_lines` has them."""

    def __init__(self) -> None:
        self._log: Any = structlog.get_logger()

    def saw(self, event: str, **facts: object) -> None:
        """One line; facts that are not there are left out."""
        known = {name: value for name, value in facts.items() if value is not None}
        if event in LOUD:
            self._log.warning(event, **known)
        elif event in LOW or facts.get("route") in PROBES:
            self._log.debug(event, **known)
        else:
            self._log.info(event, **known)
