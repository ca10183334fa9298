"""Where spans go: all of it is set by the standard `OTEL_…` variables."""

import os
import threading

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Tracer

LAST_SPANS_SECONDS = 1.0


class Tracing:
    """The tracer of this process; closed at its end, it lets the last spans go out."""

    def __init__(self) -> None:
        # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
        resource = Resource({SERVICE_NAME: "jobproc"}).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(_exporter()))

    @property
    def tracer(self) -> Tracer:
        """It makes spans."""
        return self._provider.get_tracer("jobproc")

    def close(self) -> None:
        """Send what is left; a collector that does not answer is not waited for."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(LAST_SPANS_SECONDS)


def _exporter() -> SpanExporter:
    """OTLP over HTTP, or the standard output for who wants to see."""
    return (
        ConsoleSpanExporter() if os.environ.get("OTEL_TRACES_EXPORTER") == "console" else OTLPSpanExporter()
    )
