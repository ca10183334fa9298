"""The worker's end of the connection to one child."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from jobproc.adapters.sandbox.frames import cut_off, to_frame
from jobproc.adapters.sandbox.process import ChildProcess

# What an operation imports may be large; a child that takes longer will not do any work.
START_SECONDS = 30
CHUNK_BYTES = 1 << 18


@dataclass(slots=True)
class Slot:
    """One child.

    `is_idle` tells whether it waits for a trip, `is_new` whether it has never done so before; `said` is what it has
    said and nobody has heard yet.
    """

    child: ChildProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_idle: bool = False
    is_new: bool = True
    killed: bool = False
    said: deque[dict[str, Any]] = field(default_factory=deque)
    _arrived: bytearray = field(default_factory=bytearray)

    @classmethod
    async def open(cls, child: ChildProcess) -> "Slot":
        """Take over a child that was just started; given up halfway, nothing of it is left."""
        try:
            return cls(child, *await asyncio.open_unix_connection(sock=child.connection))
        except (OSError, asyncio.CancelledError):
            child.kill()
            child.last_words()
            raise

    async def begins(self) -> bool:
        """Whether the child comes so far that it takes a trip."""
        with suppress(TimeoutError):
            async with asyncio.timeout(START_SECONDS):
                await self.listen()
        self.hear()
        return self.is_idle

    def send(self, message: dict[str, Any]) -> None:
        """Say something to the child; one that is gone does not hear it."""
        with suppress(OSError, RuntimeError):
            self.writer.write(to_frame(message))

    async def listen(self) -> None:
        """Wait until the child has said something, or will say nothing more. Who gives up waiting misses nothing."""
        with suppress(OSError, ValueError, RecursionError):
            while not self._take_up() and (chunk := await self.reader.read(CHUNK_BYTES)):
                self._arrived += chunk

    def _take_up(self) -> bool:
        self.said.extend(cut_off(self._arrived))
        return bool(self.said)

    def hear(self) -> dict[str, Any] | None:
        """What the child said next; None when it is gone, or says what no child of ours would."""
        if not self.said:
            self.is_idle = False
            return None
        message = self.said.popleft()
        self.is_idle = ("ready" in message or "over" in message) and not self.killed
        return message

    def kill(self) -> None:
        """End the child, whatever it is doing."""
        self.is_idle, self.killed = False, True
        self.child.kill()

    async def close(self) -> str:
        """How the child ended, in words; nothing of it is left."""
        self.is_idle = False
        self.writer.transport.abort()
        try:
            return await asyncio.to_thread(self.child.last_words)
        except asyncio.CancelledError:
            # The thread may never have begun.
            self.child.kill()
            self.child.last_words()
            raise
