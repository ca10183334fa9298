"""What a signal means before a server or a worker listens to it by itself."""

import os
import signal
import threading
from collections.abc import Callable

_asked = threading.Event()


class Stopped(SystemExit):
    """Somebody asked for the end; what was begun is left in order, with exit code 0."""


def exit_on_signals() -> None:
    """Let the first signal end the process at once with exit code 0: nothing has begun that needs an order.

    An exception would do while Python runs, but it may come out of an import of C code as another one, or not at all.
    """
    _on_signals(lambda: os._exit(0))


def stop_on_signals() -> None:
    """Turn the first signal into `Stopped`; later ones change nothing, the end is under way."""

    def stop() -> None:
        _asked.set()
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(0)

    _on_signals(stop)


def stop_if_asked() -> None:
    """Raise `Stopped` where a signal has come before: raised in a destructor, for example, it is gone."""
    if _asked.is_set():
        raise Stopped(0)


def _on_signals(act: Callable[[], None]) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: act())
