"""Events as lines of Python's own logging, facts behind the name."""

import logging

log = logging.getLogger("jobproc")

# Everybody's business; the rest is for who wants to look closer.
LOUD = {"store.away", "job.stale_report", "job.stopped", "job.unstorable"}


class LogSight:
    """A `Sight` that writes lines."""

    def saw(self, event: str, **facts: object) -> None:
        """One line; what happens all the time only where debugging is on."""
        level = logging.WARNING if event in LOUD else logging.DEBUG
        if log.isEnabledFor(level):
            log.log(level, "%s %s", event, " ".join(f"{name}={fact!s}" for name, fact in facts.items()))
