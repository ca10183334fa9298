"""Tickets: whoever begins a job takes one, so that both sides know which jobs were never begun."""

import os
from contextlib import suppress

MOST = 1 << 16


class Tickets:
    """The worker's side of a pipe with a byte for each job of a trip.

    The kernel gives each byte to one reader only. What the worker takes back the child will not begin, whatever it
    is busy with, and without a word between them.
    """

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        for end in (self.reader, self._writer):
            os.set_blocking(end, False)

    def lay_out(self, number: int) -> None:
        """So many, and none of an earlier trip."""
        self.take_back()
        os.write(self._writer, b"." * number)

    def take_back(self) -> int:
        """How many nobody has taken; nobody can any more."""
        return len(_read(self.reader, MOST))

    def close(self) -> None:
        """Nobody asks any more."""
        reader, writer, self.reader, self._writer = self.reader, self._writer, -1, -1
        for end in (reader, writer):
            if end >= 0:
                os.close(end)


def take_one(reader: int) -> bool:
    """Called by the child: whether it may begin the next job."""
    return bool(_read(reader, 1))


def _read(reader: int, most: int) -> bytes:
    with suppress(BlockingIOError):
        return os.read(reader, most)
    return b""
