"""What is said of an installation whose jobs wait in vain."""

from datetime import timedelta
from uuid import UUID

import pytest

from jobproc.adapters.memory.backlog import MemoryDueWork
from jobproc.application.diagnosis import DueWorkPart, MaintenancePart, WorkersPart
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Presence
from tests.unit.application.memory import House
from tests.unit.domain.jobs import NOW

pytestmark = pytest.mark.anyio


def standing_still() -> House:
    """A house whose time the test alone lets pass."""
    house = House()
    house.clock.read = lambda: NOW + house.ahead
    return house


async def somebody_works(house: House, number: int, *operations: str) -> None:
    await house.workers.announce(Presence(UUID(int=number), f"here:{number}", 4, frozenset(operations)))


async def test_without_workers_it_is_said_how_to_start_one() -> None:
    with pytest.raises(Unavailable, match=r"^No worker is there\. Start one: `jobproc worker`\.$"):
        await WorkersPart(House().workers).check()


async def test_workers_are_shown_with_their_place_and_slots() -> None:
    house = House()
    await somebody_works(house, 1)
    await somebody_works(house, 2)
    assert await WorkersPart(house.workers).check() == "here:1 (4 slots), here:2 (4 slots)"


async def test_what_waits_for_a_worker_that_knows_it_is_well() -> None:
    house = standing_still()
    part = DueWorkPart(MemoryDueWork(house.jobs._store), house.workers)
    assert await part.check() == "none is due"
    await somebody_works(house, 1, "add")
    await somebody_works(house, 2, "fail")
    await house.submit("fail", '"x"')
    for _ in range(2):
        await house.submit("add")
        house.ahead += timedelta(seconds=10)
    assert await part.check() == "due: 2 add (oldest 20 s), 1 fail (oldest 20 s)"


async def test_what_no_worker_knows_is_named_and_nothing_else() -> None:
    house = standing_still()
    await somebody_works(house, 1, "add")
    await house.submit("add")
    await house.submit("fail", '"x"')
    house.ahead = timedelta(seconds=10)
    with pytest.raises(Unavailable) as found:
        await DueWorkPart(MemoryDueWork(house.jobs._store), house.workers).check()
    assert found.value.detail == (
        "No worker knows what waits: 1 fail (oldest 10 s). Start one whose JOBPROC_OPERATIONS brings it."
    )


async def test_what_is_left_lying_for_too_long_tells_how_to_start_maintenance() -> None:
    house = standing_still()
    part = MaintenancePart(MemoryDueWork(house.jobs._store), patience=timedelta(seconds=30))
    await house.submit(delay_seconds=60)
    house.ahead = timedelta(seconds=90)
    assert await part.check() == "nothing is left lying"
    house.ahead = timedelta(seconds=91)
    with pytest.raises(Unavailable) as found:
        await part.check()
    assert found.value.detail == (
        "A job should have been promoted or rescued 31 s ago. Start maintenance: `jobproc maintenance`."
    )
