"""The numbers of the queue beside those of the process."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from uuid import UUID

import pytest

from jobproc.adapters.memory.backlog import MemoryDueWork
from jobproc.adapters.memory.workers import MemoryWorkers
from jobproc.application import metrics
from jobproc.application.metrics import ShowMetrics
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Backlog, Presence
from tests.unit.application.memory import House

pytestmark = pytest.mark.anyio
PRESENCE = Presence(UUID(int=7), "here:1", 4, frozenset({"add"}))


class Line:
    """An `Exposition` of one line."""

    content_type = "text/plain"

    def text(self, due: Sequence[Backlog] | None, present: Sequence[Presence] | None) -> bytes:
        waiting = "?" if due is None else [f"{each.count} {each.operation}" for each in due]
        places = "?" if present is None else [each.place for each in present]
        return f"{waiting} {places}".encode()


class DueWork(MemoryDueWork):
    """Counts its questions, and may be away."""

    asked = 0
    is_away = False

    async def by_operation(self) -> Sequence[Backlog]:
        self.asked += 1
        await asyncio.sleep(0)
        if self.is_away:
            raise Unavailable("away")
        return await super().by_operation()


class AwayWorkers(MemoryWorkers):
    """Workers of whom nobody can say anything."""

    async def present(self) -> Sequence[Presence]:
        raise Unavailable("away")


async def test_what_waits_and_who_works_is_shown_and_asked_once_for_many() -> None:
    house = House()
    await house.submit()
    await house.workers.announce(PRESENCE)
    due_work = DueWork(house.jobs._store)
    show = ShowMetrics(due_work, house.workers, Line())
    shown = await asyncio.gather(*(show() for _ in range(50)))
    assert set(shown) == {b"['1 add'] ['here:1']"}
    assert due_work.asked == 1


async def test_a_look_at_the_queue_is_good_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(metrics, "time", SimpleNamespace(monotonic=lambda: now[0]))
    house = House()
    show = ShowMetrics(MemoryDueWork(house.jobs._store), house.workers, Line())
    assert await show() == b"[] []"
    await house.submit()
    now[0] = 105.0
    assert await show() == b"[] []"
    now[0] = 105.1
    assert await show() == b"['1 add'] []"


async def test_what_nobody_can_tell_is_left_out_and_the_rest_is_shown() -> None:
    house = House()
    await house.workers.announce(PRESENCE)
    due_work = DueWork(house.jobs._store)
    assert await ShowMetrics(due_work, AwayWorkers(), Line())() == b"[] ?"
    due_work.is_away = True
    assert await ShowMetrics(due_work, house.workers, Line())() == b"? ['here:1']"
