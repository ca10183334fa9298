"""Publishing: gathered while one trip to Redis is under way, and given up rather than waited for."""

import asyncio
import logging
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from uuid import UUID

from redis.exceptions import RedisError

from jobproc.adapters.redis.messages import LOST, READ_AGAIN, channel, encode
from jobproc.adapters.redis.wire import Wire
from jobproc.application.ending import end
from jobproc.application.events import Hint

log = logging.getLogger(__name__)

LARGEST_BACKLOG = 10_000
LARGEST_TRIP = 1000
# A trip costs as much as a hundred hints: a busy process makes one in that time, and gathers in between. A few in a row
# are free, so that the start and the end of a short job are both told at once.
GATHER_SECONDS = 0.01
FREE_TRIPS = 4
# What a hint tells of goes first: the answer to a submission, the start of a job.
AFTER_SECONDS = 0.0015
RETRY_SECONDS = 1.0
CLOSE_SECONDS = 0.3


class Publisher:
    """Sends hints in the background. What cannot be sent is dropped, and the listeners are told so afterwards."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._waiting: deque[Hint] = deque()
        self._missed: set[UUID] = set()
        self._has_lost = False
        self._losses = 0
        self._is_closed = False
        self._begun: deque[float] = deque(maxlen=FREE_TRIPS)
        self._sending: asyncio.Task[None] | None = None

    def put(self, hints: Sequence[Hint]) -> None:
        """Send them soon; when too many wait, the oldest give way."""
        self._waiting.extend(hints)
        while len(self._waiting) > LARGEST_BACKLOG:
            self._waiting.popleft()
            self._lose("too many wait")
        if self._waiting:
            self._start()

    def put_missed(self, owner: UUID) -> None:
        """Tell the listeners of that owner soon that there is more to read than hints."""
        self._missed.add(owner)
        self._start()

    async def close(self) -> None:
        """Let the last hints go out, if that takes but a moment; what comes later is nobody's news any more."""
        self._is_closed = True
        if self._sending is not None:
            await asyncio.wait((self._sending,), timeout=CLOSE_SECONDS)
            await end(self._sending)

    def _start(self) -> None:
        if not self._is_closed and (self._sending is None or self._sending.done()):
            self._sending = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._waiting or self._missed or self._has_lost:
            await self._gather()
            trip = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST_TRIP))]
            try:
                await self._send(trip)
            except (RedisError, OSError) as error:
                self._lose(type(error).__name__)
                await asyncio.sleep(RETRY_SECONDS)

    async def _gather(self) -> None:
        """Wait a moment, and let hints come together when the last trips were close to each other."""
        is_busy = len(self._begun) == FREE_TRIPS
        free_at = self._begun[0] + FREE_TRIPS * GATHER_SECONDS if is_busy else 0
        await asyncio.sleep(max(free_at - time.monotonic(), AFTER_SECONDS))
        self._begun.append(time.monotonic())

    async def _send(self, hints: Sequence[Hint]) -> None:
        missed, self._missed = self._missed, set()
        losses = self._losses
        messages = [(channel(owner), encode(theirs)) for owner, theirs in _by_owner(hints).items()]
        messages += [(channel(owner), READ_AGAIN) for owner in missed]
        if self._has_lost:
            messages.append((LOST, ""))
        await self._wire.ask(*(("PUBLISH", *message) for message in messages))
        # What was lost meanwhile is told by the next trip.
        self._has_lost = self._losses != losses

    def _lose(self, reason: str) -> None:
        if not self._has_lost:
            log.warning("Live events were lost (%s); who watches is told to read again.", reason)
        self._has_lost = True
        self._losses += 1


def _by_owner(hints: Sequence[Hint]) -> dict[UUID, list[Hint]]:
    found: dict[UUID, list[Hint]] = defaultdict(list)
    for hint in hints:
        found[hint.owner].append(hint)
    return found
