"""All of a user's jobs as they change, with a short memory for who was away for a moment."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from jobproc.application.ending import end
from jobproc.application.events import Hint, Subscription
from jobproc.application.following import PULSE_SECONDS, Advance, Change, advance_of
from jobproc.application.ports import JobEvents, Jobs
from jobproc.domain.errors import Unavailable

MEMORY = 1000
MOST_DIGITS = 18
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
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    growth: asyncio.Event = field(default_factory=asyncio.Event)
    has_ended: bool = False
    readers: int = 0
    left_at: float = field(default_factory=time.monotonic)
    _entries: deque[tuple[int, Happening]] = field(default_factory=deque)
    _told: dict[UUID, int] = field(default_factory=dict)

    def extend(self, news: Iterable[Happening]) -> None:
        """Tell all readers: `growth` is set, and another one waits for what comes next."""
        for each in news:
            self._append(each)
        grown, self.growth = self.growth, asyncio.Event()
        grown.set()

    def told(self, job: UUID) -> int | None:
        """The last version of the job that is remembered here."""
        return self._told.get(job)

    def end(self) -> None:
        """Nothing more will come: every reader comes to the end, and so does who still waits for the start."""
        self.has_ended = True
        self.ready.set()
        self.growth.set()

    def place_of(self, cursor: str) -> int | None:
        """Where a reader with that cursor goes on; None when the memory does not reach back to it."""
        name, _, number = cursor.partition("-")
        if name != self.name or not (number.isascii() and number.isdecimal() and len(number) <= MOST_DIGITS):
            return None
        place = int(number)
        return place if self._forgotten() <= place <= self.last else None

    def after(self, place: int) -> list[Entry]:
        """What happened after that place until now; a reset first where some of it is forgotten."""
        reset = [self.entry(self._forgotten(), RESET)] if place < self._forgotten() else []
        return reset + [self.entry(at, news) for at, news in self._entries if at > place]

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

    def _append(self, news: Happening) -> None:
        if len(self._entries) == MEMORY:
            self._forget(*self._entries.popleft())
        self.last += 1
        self._entries.append((self.last, news))
        if isinstance(news, Change):
            self._told[news.job.id] = news.step.version

    def _forget(self, _: int, news: Happening) -> None:
        if isinstance(news, Change) and self._told[news.job.id] == news.step.version:
            del self._told[news.job.id]

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
        await end(*self._pumps.values())

    async def __call__(self, owner: UUID, *, after: str | None) -> AsyncGenerator[Entry | None]:
        """Each change with its cursor; None when nothing has happened for a moment."""
        feed = await self._feed(owner)
        with feed.reading():
            # Looked at before the reader learns that it is there: what it causes from then on is told.
            here = feed.last
            place = here if after is None else feed.place_of(after)
            yield None
            if place is None:
                place = here
                yield feed.entry(here, RESET)
            while True:
                growth, reached, entries = feed.growth, feed.last, feed.after(place)
                for entry in entries:
                    yield entry
                place = reached
                if feed.has_ended:
                    return
                if not await _is_set(growth, PULSE_SECONDS):
                    yield None

    async def _feed(self, owner: UUID) -> Feed:
        if owner not in self._feeds:
            self._feeds[owner] = Feed()
            self._pumps[owner] = asyncio.create_task(self._pump(owner, self._feeds[owner]))
        feed = self._feeds[owner]
        await feed.ready.wait()
        return feed

    async def _pump(self, owner: UUID, feed: Feed) -> None:
        try:
            async with self.events.subscribe(owner) as subscription:
                feed.ready.set()
                while not feed.is_left():
                    if hints := await _hints_of(subscription, LINGER_SECONDS):
                        feed.extend(await self._news(owner, hints, feed))
        finally:
            # Whatever ended it, nobody may go on to wait for what will not come.
            del self._feeds[owner], self._pumps[owner]
            feed.end()

    async def _news(self, owner: UUID, hints: Sequence[Hint | None], feed: Feed) -> list[Happening]:
        """Every change once, in its order, however late, often or lumped together the hints of it come."""
        since = _known(hints, feed)
        try:
            changes = await self._changes(owner, since)
        except Unavailable:
            return [RESET]
        reached = since | {change.job.id: change.step.version for change in changes}
        advances = [advance_of(hint, reached.get(hint.job, feed.told(hint.job))) for hint in hints if hint]
        return [*([RESET] if None in hints else ()), *changes, *filter(None, advances)]

    async def _changes(self, owner: UUID, since: Mapping[UUID, int]) -> list[Change]:
        jobs = await self.jobs.get(owner, list(since), content=False) if since else ()
        # The last step is part of the job: only who missed some in between must look them up.
        behind = [job.id for job in jobs if job.version > since[job.id] + 1]
        timelines = await self.jobs.timelines(owner, behind) if behind else {}
        return [
            Change(step, job)
            for job in jobs
            for step in timelines.get(job.id, (job.step,))
            if since[job.id] < step.version <= job.version
        ]


def _known(hints: Iterable[Hint | None], feed: Feed) -> dict[UUID, int]:
    """For each job with a new status the version up to which everything is told already."""
    known: dict[UUID, int] = {}
    for hint in hints:
        if hint and hint.status:
            before = min(hint.version - 1, known.get(hint.job, hint.version))
            told = feed.told(hint.job)
            known[hint.job] = before if told is None else told
    return known


async def _hints_of(subscription: Subscription, seconds: float) -> list[Hint | None]:
    """What has come, as soon as something has; nothing within so many seconds: empty."""
    try:
        async with asyncio.timeout(seconds):
            first = await subscription.next()
    except TimeoutError:
        return []
    return [first, *subscription.rest()]


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False
