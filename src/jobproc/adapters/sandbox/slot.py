"""The worker's end of the connection to one child."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from jobproc.adapters.sandbox.frames import HEADER_BYTES, body_length, to_frame, to_message
from jobproc.adapters.sandbox.process import ChildProcess

# What an operation imports may be large; a child that takes longer will not do any work.
START_SECONDS = 30


@dataclass(slots=True)
class Slot:
    """One child. `is_idle` tells whether it waits for a trip, `is_new` whether it has never done so before."""

    child: ChildProcess
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_idle: bool = False
    is_new: bool = True
    killed: bool = False
    _missing: int | None = None

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
                await self.receive()
        return self.is_idle

    def send(self, message: dict[str, Any]) -> None:
        """Say something to the child; one that is gone does not hear it."""
        with suppress(OSError, RuntimeError):
            self.writer.write(to_frame(message))

    async def receive(self) -> dict[str, Any] | None:
        """What the child says next; None when it is gone, or says what no child of ours would."""
        try:
            # A caller that waits no longer may come back in the middle of a message.
            if self._missing is None:
                self._missing = body_length(await self.reader.readexactly(HEADER_BYTES))
            message = to_message(await self.reader.readexactly(self._missing))
        except (asyncio.IncompleteReadError, OSError, ValueError, RecursionError):
            self.is_idle = False
            return None
        self._missing = None
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
