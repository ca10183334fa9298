"""All of a user's jobs as they change, with a short memory for who was away for a moment."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from jobproc.application.events import Hint
from jobproc.application.following import PULSE_SECONDS, Advance, Change, advance_of
from jobproc.application.ports import JobEvents, Jobs
from jobproc.domain.errors import Unavailable

MEMORY = 1000
LINGER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Reset:
    """Something may have been missed: read the list again."""


RESET = Reset()
Happening = Change | Advance | Reset


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened, and the cursor that goes on after it."""

    cursor: str
    news: Happening


@dataclass(slots=True)
class Feed:
    """What lately happened to the jobs of one owner, for every reader in this process."""

    name: str = field(default_factory=lambda: secrets.token_hex(6))
    last: int = 0
    growth: asyncio.Event = field(default_factory=asyncio.Event)
    readers: int = 0
    left_at: float = field(default_factory=time.monotonic)
    _entries: deque[tuple[int, Happening]] = field(default_factory=lambda: deque(maxlen=MEMORY))

    def append(self, news: Happening) -> None:
        """Tell all readers: `growth` is set, and another one waits for what comes next."""
        self.last += 1
        self._entries.append((self.last, news))
        grown, self.growth = self.growth, asyncio.Event()
        grown.set()

    def place_of(self, cursor: str) -> int | None:
        """Where a reader with that cursor goes on; None when the memory does not reach back to it."""
        name, _, number = cursor.partition("-")
        if name != self.name or not (number.isascii() and number.isdecimal()):
            return None
        place = int(number)
        return place if self._forgotten() <= place <= self.last else None

    def after(self, place: int) -> Iterator[Entry]:
        """What happened after that place; a reset first where some of it is forgotten."""
        if place < self._forgotten():
            yield self.entry(self._forgotten(), RESET)
        yield from [self.entry(at, news) for at, news in self._entries if at > place]

    def entry(self, place: int, news: Happening) -> Entry:
        """With the place as a cursor."""
        return Entry(f"{self.name}-{place}", news)

    def is_left(self) -> bool:
        """Nobody has read for so long that nobody will come back."""
        return self.readers == 0 and time.monotonic() - self.left_at > LINGER_SECONDS

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Somebody reads."""
        self.readers += 1
        try:
            yield
        finally:
            self.readers -= 1
            self.left_at = time.monotonic()

    def _forgotten(self) -> int:
        return self.last - len(self._entries)


@dataclass(slots=True)
class FollowJobs:
    """The changes of all jobs of an owner, from now on or from a cursor. A context that ends with the process."""

    jobs: Jobs
    events: JobEvents
    _feeds: dict[UUID, Feed] = field(default_factory=dict)
    _pumps: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        pumps = list(self._pumps.values())
        for pump in pumps:
            pump.cancel()
        await asyncio.gather(*pumps, return_exceptions=True)

    async def __call__(self, owner: UUID, *, after: str | None) -> AsyncIterator[Entry | None]:
        """Each change with its cursor; None when nothing has happened for a moment."""
        feed = await self._feed(owner)
        with feed.reading():
            yield None
            place = feed.last if after is None else feed.place_of(after)
            if place is None:
                yield feed.entry(place := feed.last, RESET)
            while True:
                growth, reached = feed.growth, feed.last
                for entry in feed.after(place):
                    yield entry
                place = reached
                if not await _is_set(growth, PULSE_SECONDS):
                    yield None

    async def _feed(self, owner: UUID) -> Feed:
        if owner not in self._feeds:
            self._feeds[owner] = Feed()
            ready = asyncio.Event()
            self._pumps[owner] = asyncio.create_task(self._pump(owner, self._feeds[owner], ready))
            await ready.wait()
        return self._feeds[owner]

    async def _pump(self, owner: UUID, feed: Feed, ready: asyncio.Event) -> None:
        async with self.events.subscribe(owner) as hints:
            ready.set()
            while not feed.is_left():
                with suppress(TimeoutError):
                    async with asyncio.timeout(LINGER_SECONDS):
                        first = await hints.next()
                    for news in await self._news(owner, [first, *hints.rest()]):
                        feed.append(news)
            del self._feeds[owner], self._pumps[owner]

    async def _news(self, owner: UUID, hints: Sequence[Hint | None]) -> list[Happening]:
        """Several changes of one job that come together are one: the job as it is now."""
        changed = list(dict.fromkeys(hint.job for hint in hints if hint and hint.status))
        try:
            jobs = await self.jobs.get(owner, changed, content=False) if changed else ()
        except Unavailable:
            return [RESET]
        reset = [RESET] if None in hints else []
        advances = filter(None, (advance_of(hint) for hint in hints if hint))
        return [*reset, *(Change(job.step, job) for job in jobs), *advances]


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
