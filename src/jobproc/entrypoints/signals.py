"""What a signal means before a server or a worker listens to it by itself."""

import os
import signal
from collections.abc import Callable


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
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(0)

    _on_signals(stop)


def _on_signals(act: Callable[[], None]) -> None:
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: act())
