"""Asking again: as long as one is patient, after random pauses that grow, and never before the service wants it."""

import math
import random
from dataclasses import dataclass, field, replace

from jobproc.client.core.calls import Answer, Call, refusal_of
from jobproc.client.core.wire import NoAnswer, Wire
from jobproc.client.errors import ClientError, Unavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
LONGEST_ANSWER = 15.0
ASK_AGAIN = frozenset({408, 429, 502, 503, 504})
_random = random.SystemRandom().random


@dataclass(slots=True)
class Trouble:
    """Tries that failed since the last one that did not."""

    wire: Wire
    seconds: float
    failures: int = 0
    deadline: float = field(init=False)

    def __post_init__(self) -> None:
        self.deadline = self.wire.now() + self.seconds

    def left(self) -> float:
        """Seconds until patience ends."""
        return max(0.0, self.deadline - self.wire.now())

    async def pause(self, error: ClientError) -> None:
        """Let pass what the service asks for and a random time (full jitter); past the deadline raise the error."""
        self.deadline = min(self.deadline, self.wire.now() + self.seconds)
        pause = error.retry_after + _random() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**self.failures)
        self.failures += 1
        if pause > self.left():
            raise error
        await self.wire.sleep(pause)

    def over(self) -> None:
        """Something went well: patience begins anew with the next failure, however late it comes."""
        self.failures, self.deadline = 0, math.inf


async def ask_patiently(wire: Wire, call: Call, seconds: float) -> Answer:
    """The first answer that is no passing trouble; every call of this client may come twice.

    When patience ends, the last trouble is raised: `Unavailable` or `TooMany`.
    """
    trouble = Trouble(wire, seconds)
    while True:
        answer = await _ask_once(wire, call, min(LONGEST_ANSWER, trouble.left() + 1))
        if isinstance(answer, Unavailable):
            await trouble.pause(answer)
        elif answer.status in ASK_AGAIN:
            await trouble.pause(refusal_of(answer))
        else:
            return replace(answer, asked=trouble.failures + 1)


async def _ask_once(wire: Wire, call: Call, seconds: float) -> Answer | Unavailable:
    try:
        return await wire.send(call, seconds)
    except NoAnswer as error:
        return unavailable(wire, error)


def unavailable(wire: Wire, error: NoAnswer) -> Unavailable:
    """Where nobody answered, and how."""
    return Unavailable(
        f"No answer from {wire.url}: {error}. Is the service running, and is this its URL?", code="no-answer"
    )
