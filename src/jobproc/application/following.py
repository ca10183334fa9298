"""Following one job as it changes: wait for it, or be told of every change."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from jobproc.application.events import Hint, Subscription
from jobproc.application.jobs import NOT_FOUND
from jobproc.application.ports import JobEvents, Jobs
from jobproc.domain.errors import NotFound, Unavailable
from jobproc.domain.jobs import Job, Progress, Step

# A hint that was lost costs no more than this.
LOOK_AGAIN_SECONDS = 15.0
# How often who follows is asked whether to go on.
PULSE_SECONDS = 1.0
# The row learns of progress a moment after the hints do.
UNTIL_STORED_SECONDS = 0.6


@dataclass(frozen=True, slots=True)
class WaitForJob:
    """Wait until one of the owner's jobs is as wished; what waits holds no connection."""

    jobs: Jobs
    events: JobEvents

    async def __call__(
        self, owner: UUID, id: UUID, seconds: float, *, until: Callable[[Job], bool], progress: bool = False
    ) -> Job:
        """The job once it is as wished, else as it is after so many seconds. `progress`: it may be wished for."""
        deadline = time.monotonic() + seconds
        async with self.events.subscribe(owner, id) as news:
            job = await self._get(owner, id)
            while not until(job) and (left := deadline - time.monotonic()) > 0:
                await _news_of(news, min(left, LOOK_AGAIN_SECONDS), progress=progress)
                job = await self._get(owner, id)
        return job

    async def _get(self, owner: UUID, id: UUID) -> Job:
        found = await self.jobs.get(owner, [id])
        if not found:
            raise NotFound(NOT_FOUND)
        return found[0]


async def _news_of(news: Subscription, seconds: float, *, progress: bool) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (hint := await news.next()) is not None and hint.status is None:
                if progress:
                    await asyncio.sleep(UNTIL_STORED_SECONDS)
                    return


@dataclass(frozen=True, slots=True)
class Change:
    """A job has a new status: the step that it took, and the job without data and result as it is now."""

    step: Step
    job: Job


@dataclass(frozen=True, slots=True)
class Advance:
    """An attempt says how far it is."""

    job_id: UUID
    version: int
    progress: Progress


# None: nothing has happened for a moment.
News = Change | Advance | None


@dataclass(frozen=True, slots=True)
class FollowJob:
    """Every change of one of the owner's jobs after a version, those already made first, until it is final.

    A store that is away in between costs time only.
    """

    jobs: Jobs
    events: JobEvents

    async def __call__(self, owner: UUID, id: UUID, *, after: int) -> AsyncGenerator[News]:
        async with self.events.subscribe(owner, id) as hints:
            told, patience = _Told(after), LOOK_AGAIN_SECONDS
            job, news = await self._look(owner, id, told)
            if job is None:
                raise NotFound(NOT_FOUND)
            yield None
            while job is not None:
                for each in news:
                    yield each
                if job.status.is_final:
                    return
                async for advance in _until_changed(hints, told, patience):
                    yield advance
                try:
                    job, news = await self._look(owner, id, told)
                    patience = LOOK_AGAIN_SECONDS
                except Unavailable:
                    news, patience = [], PULSE_SECONDS

    async def _look(self, owner: UUID, id: UUID, told: "_Told") -> tuple[Job | None, list[Change | Advance]]:
        found = await self.jobs.get(owner, [id], content=False)
        return (found[0], await self._news(found[0], told)) if found else (None, [])

    async def _news(self, job: Job, told: "_Told") -> list[Change | Advance]:
        if told.version > job.version:
            # No version of this job: whoever names it has seen none.
            told.version = 0
        steps: Sequence[Step] = (job.step,)
        # The last step is part of the job: only who missed some before it must look them up.
        if job.version > told.version + 1:
            steps = (await self.jobs.timelines(job.owner, [job.id])).get(job.id, ())
        # A step after this state of the job comes with the next one.
        news: list[Change | Advance] = [
            Change(step, job) for step in steps if told.version < step.version <= job.version
        ]
        is_new = (job.version, job.progress) != (told.version, told.progress)
        if job.progress is not None and is_new and not job.status.is_final:
            news.append(Advance(job.id, job.version, job.progress))
        told.version, told.progress = max(told.version, job.version), job.progress
        return news


@dataclass(slots=True)
class _Told:
    """What the follower knows."""

    version: int
    progress: Progress | None = None


async def _until_changed(hints: Subscription, told: _Told, patience: float) -> AsyncGenerator[Advance | None]:
    """What the present attempt says, and pulses, until it is time to read the job again."""
    look_again = time.monotonic() + patience
    while (left := look_again - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(min(left, PULSE_SECONDS)):
                hint = await hints.next()
        except TimeoutError:
            yield None
            continue
        if hint is None or hint.status is not None:
            return
        if advance := advance_of(hint, told.version):
            told.progress = advance.progress
            yield advance


def advance_of(hint: Hint, version: int | None = None) -> Advance | None:
    """The progress that the hint tells of; none of it, or of another version: None."""
    if hint.progress is None or version not in (None, hint.version):
        return None
    return Advance(hint.job, hint.version, hint.progress)
