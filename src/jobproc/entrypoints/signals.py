"""What a signal means before a server or a worker listens to it by itself."""

import signal


class Stopped(SystemExit):
    """Somebody asked for the end; what was begun is left in order, with exit code 0."""


def stop_on_signals() -> None:
    """Turn the first signal into `Stopped`; later ones change nothing, the end is under way."""

    def stop(*_: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise Stopped(0)

    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, stop)
