"""Events as lines: the name of the event, then its facts."""

import logging

from jobproc.adapters.logs.lines import EVENTS

# Somebody should know.
LOUD = {"store.away", "job.stale_report", "job.stopped", "job.unstorable", "job.rescued", "ring.lost"}
# What happens all the time, for who wants to look closer.
LOW = {"jobs.claimed", "jobs.swept", "request.limited"}
# Asked every few seconds by machines.
PROBES = {"/livez", "/readyz", "/metrics"}


class LogSight:
    """A `Sight` that writes lines, once `set_up_lines` has said how; until then it is silent."""

    def saw(self, event: str, **facts: object) -> None:
        """One line; facts that are not there are left out."""
        level = _level(event, facts)
        if level >= EVENTS.level:
            known = {name: value for name, value in facts.items() if value is not None}
            EVENTS.handle(
                EVENTS.makeRecord(EVENTS.name, level, "", 0, event, (), None, extra={"facts": known})
            )


def _level(event: str, facts: dict[str, object]) -> int:
    if event in LOUD:
        return logging.WARNING
    return logging.DEBUG if event in LOW or facts.get("route") in PROBES else logging.INFO
