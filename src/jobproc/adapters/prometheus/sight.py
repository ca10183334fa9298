"""Events counted."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jobproc.adapters.prometheus.numbers import Numbers

Facts = Mapping[str, Any]
# Causes for which the child of the operation is gone as well.
DEADLY = {"worker_crashed", "memory_limit"}


class PrometheusSight:
    """A `Sight` that counts what it knows; the rest is none of its business."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        # To find a series costs as much as to count; they are few.
        self._requests = cache(numbers.requests.labels)
        self._request_seconds = cache(numbers.request_seconds.labels)
        self._submitted = cache(numbers.submitted.labels)
        self._attempts = cache(numbers.attempts.labels)
        self._wait_seconds = cache(numbers.wait_seconds.labels)
        self._run_seconds = cache(numbers.run_seconds.labels)
        self._of: dict[str, Callable[[Facts], None]] = {
            "request.served": self._served,
            "request.limited": lambda facts: numbers.limited.labels(facts["traffic"]).inc(),
            "job.submitted": lambda facts: self._submitted(facts["operation"]).inc(),
            "job.cancelled": lambda facts: numbers.cancelled.labels(facts["operation"]).inc(),
            "job.retried": lambda facts: numbers.retried.labels(facts["operation"]).inc(),
            "job.settled": self._settled,
            "job.stale_report": lambda _: numbers.stale.inc(),
            "job.stopped": lambda _: numbers.stopped.inc(),
            "jobs.claimed": self._claimed,
            "jobs.swept": self._swept,
            "ring.lost": lambda _: numbers.rings_lost.inc(),
            "store.away": lambda _: numbers.store_away.inc(),
        }

    def saw(self, event: str, **facts: object) -> None:
        """Count it."""
        if count := self._of.get(event):
            count(facts)

    def _served(self, facts: Facts) -> None:
        method, route = facts["method"], facts["route"]
        self._requests(method, route, facts["status"]).inc()
        self._request_seconds(method, route).observe(facts["seconds"])

    def _settled(self, facts: Facts) -> None:
        operation, cause = facts["operation"], facts["cause"]
        self._attempts(operation, facts["status"], cause).inc()
        if cause in DEADLY:
            self._numbers.deaths.labels(operation, cause).inc()
        if facts["seconds"] is not None:
            self._wait_seconds(operation).observe(facts["waited"])
            self._run_seconds(operation).observe(facts["seconds"])

    def _claimed(self, facts: Facts) -> None:
        self._numbers.claimed.inc(facts["count"])
        self._numbers.claims.observe(facts["seconds"])

    def _swept(self, facts: Facts) -> None:
        self._numbers.rescued.inc(facts["rescued"])
        self._numbers.promoted.inc(facts["promoted"])
        self._numbers.purged.inc(facts["purged"])
