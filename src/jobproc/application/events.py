"""Hints of what happens to jobs, and those in this process who listen for them."""

import asyncio
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from jobproc.domain.jobs import Job, JobStatus, Progress

LARGEST_BACKLOG = 256


@dataclass(frozen=True, slots=True)
class Hint:
    """Word of one job: it has a new status since `version`, or its attempt of that version says how far it is."""

    owner: UUID
    job: UUID
    version: int
    status: JobStatus | None = None
    progress: Progress | None = None


def changes(jobs: Iterable[Job]) -> list[Hint]:
    """A hint of the present status of each."""
    return [Hint(job.owner, job.id, job.version, job.status) for job in jobs]


@dataclass(slots=True, eq=False)
class Subscription:
    """The hints that one reader has yet to take: a bounded number of them."""

    owner: UUID
    job: UUID | None = None
    _hints: deque[Hint] = field(default_factory=deque)
    _has_missed: bool = False
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def next(self) -> Hint | None:
        """The next hint, as soon as it is there; None: some may have been missed, so read again what matters.

        Waiting may be given up at any moment, by a timeout for example; no hint is lost by it.
        """
        await self._news.wait()
        hint = None if self._has_missed else self._hints.popleft()
        self._has_missed = False
        if not self._hints:
            self._news.clear()
        return hint

    def rest(self) -> list[Hint | None]:
        """What is there by now, without waiting."""
        hints = [*((None,) if self._has_missed else ()), *self._hints]
        self._hints.clear()
        self._has_missed = False
        self._news.clear()
        return hints

    def tell(self, hint: Hint) -> None:
        """Keep it for the reader; one who has fallen too far behind is told so instead."""
        if len(self._hints) == LARGEST_BACKLOG:
            self.tell_missed()
        else:
            self._hints.append(hint)
            self._news.set()

    def tell_missed(self) -> None:
        """Some hints may not have come; those that wait are of no use either, since the reader reads again."""
        self._hints.clear()
        self._has_missed = True
        self._news.set()


@dataclass(frozen=True, slots=True)
class Audience:
    """All subscriptions of this process. One of a single job costs nothing while others change."""

    _by_owner: dict[UUID, dict[UUID | None, set[Subscription]]] = field(default_factory=dict)

    @contextmanager
    def listening(self, owner: UUID, job: UUID | None) -> Iterator[Subscription]:
        """A subscription to one job of the owner, or to all, for the length of a block."""
        subscription = Subscription(owner, job)
        self._by_owner.setdefault(owner, {}).setdefault(job, set()).add(subscription)
        try:
            yield subscription
        finally:
            self._leave(subscription)

    def owners(self) -> Collection[UUID]:
        """Whose jobs somebody listens for."""
        return self._by_owner.keys()

    def tell(self, hints: Iterable[Hint]) -> None:
        """Pass each on to those whom it concerns."""
        for hint in hints:
            by_job = self._by_owner.get(hint.owner, {})
            for subscription in (*by_job.get(hint.job, ()), *by_job.get(None, ())):
                subscription.tell(hint)

    def tell_missed(self, owner: UUID | None = None) -> None:
        """Tell everybody, or those who listen for that owner, that hints may not have come."""
        for each in list(self._by_owner) if owner is None else [owner]:
            for subscriptions in self._by_owner.get(each, {}).values():
                for subscription in subscriptions:
                    subscription.tell_missed()

    def _leave(self, subscription: Subscription) -> None:
        by_job = self._by_owner[subscription.owner]
        by_job[subscription.job].discard(subscription)
        if not by_job[subscription.job]:
            del by_job[subscription.job]
        if not by_job:
            del self._by_owner[subscription.owner]
