"""The way out: what the core needs to reach a service. A blocking wire never suspends."""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from jobproc.client.core.calls import Answer, Call


class NoAnswer(Exception):
    """The service was not reached, or the connection ended before the answer did; the text says how."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One event of a stream, as it was sent."""

    name: str
    id: str
    data: str


class Wire(Protocol):
    """HTTP to one service."""

    url: str

    async def send(self, call: Call, seconds: float) -> Answer:
        """The answer, whatever it says; None within so many seconds (beside `call.wait`): `NoAnswer`."""
        ...

    def listen(self, call: Call) -> AsyncGenerator[ServerSentEvent | None]:
        """The events of a stream until it ends; None comes first, once it is open.

        A refusal is raised as such; an end in disorder is `NoAnswer`.
        """
        ...

    def now(self) -> float:
        """Seconds on a clock that only goes forward."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def alone(self) -> AbstractAsyncContextManager[object]:
        """Whoever else asks for it waits."""
        ...
