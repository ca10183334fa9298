"""Traces, for who has installed the extra `otel` and says where they go."""

import atexit
import os
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from jobproc.application.ports import Sight

# Starlette's own is not loaded for it: a worker has attempts to trace, and no requests.
AsgiApp = Callable[..., Awaitable[None]]
WHERE = ("OTEL_TRACES_EXPORTER", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def traced(app: AsgiApp) -> AsgiApp:
    """The application with a span around each request, if anybody traces."""
    if not is_traced():
        return app
    requests = import_module("jobproc.adapters.otel.requests")
    wrapped: AsgiApp = requests.TracedRequests(app, _tracing().tracer)
    return wrapped


def attempt_sights() -> list[Sight]:
    """What makes spans of attempts, if anybody traces."""
    return [import_module("jobproc.adapters.otel.sight").OtelSight(_tracing().tracer)] if is_traced() else []


def end_tracing() -> None:
    """Send the last spans now: one of several HTTP processes ends by its signal, and does nothing at its exit."""
    if _tracing.cache_info().currsize:
        atexit.unregister(_tracing().close)
        _tracing().close()


def is_traced() -> bool:
    """Whether the extra is there, and a variable says where spans go."""
    off = os.environ.get("OTEL_TRACES_EXPORTER") == "none" or os.environ.get("OTEL_SDK_DISABLED") == "true"
    return not off and any(map(os.environ.get, WHERE)) and _is_installed()


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.exporter.otlp.proto.http") is not None
    except ModuleNotFoundError:
        return False


@cache
def _tracing() -> Any:
    """One for the process."""
    tracing = import_module("jobproc.adapters.otel.tracing").Tracing()
    atexit.register(tracing.close)
    return tracing
