"""A doorbell within one process."""

from collections.abc import Callable


class MemoryQueue:
    """Calls every listener; a queue without listeners is a broker without workers."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[], None]) -> None:
        """Call `listener` at every ring; it must return at once."""
        self._listeners.append(listener)

    def ring(self) -> None:
        """Tell all listeners that there is due work."""
        for listener in self._listeners:
            listener()
