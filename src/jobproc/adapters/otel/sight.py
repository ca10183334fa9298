"""A span for each attempt, in the trace of the request that made its job."""

import time
from typing import Any

from opentelemetry.propagate import extract
from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer

NANOSECONDS = 1_000_000_000


class OtelSight:
    """A `Sight` that makes spans of attempts whose job belongs to a trace."""

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    def saw(self, event: str, **facts: object) -> None:
        """An attempt is over: now, as many seconds after its start as it took."""
        if event == "job.settled" and facts.get("traceparent"):
            self._attempt(facts)

    def _attempt(self, facts: dict[str, Any]) -> None:
        ended = time.time_ns()
        span = self._tracer.start_span(
            f"run {facts['operation']}",
            extract({"traceparent": facts["traceparent"]}),
            SpanKind.CONSUMER,
            attributes=_attributes(facts),
            start_time=ended - int((facts["seconds"] or 0) * NANOSECONDS),
        )
        if facts["status"] == "FAILED":
            span.set_status(Status(StatusCode.ERROR, facts["cause"]))
        span.end(ended)


def _attributes(facts: dict[str, Any]) -> dict[str, str | int | float]:
    return {
        "jobproc.job_id": str(facts["job"]),
        "jobproc.request_id": facts["request"] or "",
        "jobproc.operation": facts["operation"],
        "jobproc.attempt": facts["attempt"],
        "jobproc.status": facts["status"],
        "jobproc.cause": facts["cause"],
        "jobproc.wait_seconds": facts["waited"],
    }
