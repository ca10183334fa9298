"""The Celery worker: it hears bells, and hands each to a function."""

import warnings
from collections.abc import Callable
from typing import Any

from celery import Celery
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down

from jobproc.adapters.celery.app import BELL


def serve_bells(app: Celery, *, on_bell: Callable[[], None], on_stopping: Callable[[], None]) -> int:
    """Listen until a signal ends it; the exit code.

    `on_bell` and `on_stopping` are called in the main thread and must return at once.
    """

    @app.task(name=BELL)  # type: ignore[untyped-decorator]
    def bell() -> None:
        on_bell()

    def stopping(**_: Any) -> None:
        on_stopping()

    worker_shutting_down.connect(stopping)
    # It warns root of messages that carry code; a bell carries nothing.
    warnings.simplefilter("ignore", SecurityWarning)
    worker = app.Worker(
        pool="solo",
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
