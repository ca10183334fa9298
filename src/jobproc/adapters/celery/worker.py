"""The Celery worker: it hears bells, and hands each to a function."""

import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from celery import Celery
from celery.exceptions import CPendingDeprecationWarning
from celery.platforms import SecurityWarning
from celery.signals import worker_shutting_down
from celery.worker.consumer import Consumer
from kombu.connection import Connection
from kombu.exceptions import KombuError

from jobproc.adapters.celery.bell import BELL

# What comes of reading a message that is none: its frame, its headers or its body may be anything.
STRANGE = (ArithmeticError, AttributeError, KombuError, LookupError, TypeError, ValueError)
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 0.1


class Ear(Consumer):  # type: ignore[misc]
    """Connects anew after a message that makes no sense, instead of taking the worker along.

    A broker that lets it in and refuses the rest, since it is full, is asked again each second. Celery by itself would
    end the worker, or leave a connection open at each attempt.
    """

    connection_errors: tuple[type[Exception], ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connection_errors += STRANGE

    def connect(self) -> Connection:
        """A connection that the loop listens to."""
        connection: Connection = self.connection_for_read(heartbeat=self.amqheartbeat)
        with ExitStack() as refused:
            refused.callback(connection.collect, socket_timeout=CLOSE_SECONDS)
            if self.hub:
                connection.transport.register_with_event_loop(connection.connection, self.hub)
            refused.pop_all()
        return connection

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """Say so, and give the broker a moment."""
        super().on_connection_error_before_connected(exc)
        time.sleep(RETRY_SECONDS)


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
    # It warns root of messages that carry code, and all of what a lost connection may cost; a bell carries nothing.
    for warning in (SecurityWarning, CPendingDeprecationWarning):
        warnings.simplefilter("ignore", warning)
    worker = app.Worker(
        pool="solo",
        consumer_cls=Ear,
        loglevel="WARNING",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    worker.start()
    return int(worker.exitcode or 0)
