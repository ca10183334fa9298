"""Events as lines: the name of the event, then its facts."""

from typing import Any

import structlog

# Somebody should know.
LOUD = {"store.away", "job.stale_report", "job.stopped", "job.unstorable", "job.rescued", "ring.lost"}
# What happens all the time, for who wants to look closer.
LOW = {"jobs.claimed", "jobs.swept", "request.limited"}
# Asked every few seconds by machines.
PROBES = {"/livez", "/readyz", "/metrics"}


class LogSight:
    """A `Sight` that writes lines, once `set_up_lines` has said how; until then it is silent."""

    def __init__(self) -> None:
        self._log: Any = None

    def saw(self, event: str, **facts: object) -> None:
        """One line; facts that are not there are left out."""
        if self._log is None:
            if not structlog.is_configured():
                return
            # Bound once: to find out how to write costs more than the line.
            self._log = structlog.get_logger().bind()
        known = {name: value for name, value in facts.items() if value is not None}
        getattr(self._log, _level(event, facts))(event, **known)


def _level(event: str, facts: dict[str, object]) -> str:
    if event in LOUD:
        return "warning"
    return "debug" if event in LOW or facts.get("route") in PROBES else "info"
