"""Whether a process is ready: every part is asked, and nobody is asked too often."""

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from jobproc.application import health
from jobproc.application.health import CheckReadiness, PartHealth, PartStatus, Readiness, examine
from jobproc.domain.errors import Unavailable

pytestmark = pytest.mark.anyio


@dataclass
class Store:
    """A part that counts its questions, and may be away or silent."""

    name: str = "store"
    is_needed: bool = True
    is_away: bool = False
    is_silent: bool = False
    asked: int = 0

    async def check(self) -> str:
        self.asked += 1
        await asyncio.sleep(60 * self.is_silent)
        if self.is_away:
            raise Unavailable("Start it.")
        return "as it should be"


async def test_a_part_that_is_well_is_shown_in_its_own_words() -> None:
    assert await examine(Store()) == PartHealth("store", PartStatus.OK, "as it should be")


@pytest.mark.parametrize(("is_needed", "status"), [(True, PartStatus.FAILED), (False, PartStatus.DEGRADED)])
async def test_a_part_that_is_not_well_says_what_to_do(is_needed: bool, status: PartStatus) -> None:
    part = Store(is_needed=is_needed, is_away=True)
    assert await examine(part) == PartHealth("store", status, "Start it.")


async def test_a_part_that_is_silent_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.01)
    found = await asyncio.wait_for(examine(Store(is_silent=True)), 5)
    assert found == PartHealth("store", PartStatus.FAILED, "It does not answer.")


@pytest.mark.parametrize(
    ("parts", "status", "is_ready"),
    [
        ([], PartStatus.OK, True),
        ([PartStatus.OK, PartStatus.DEGRADED], PartStatus.DEGRADED, True),
        ([PartStatus.DEGRADED, PartStatus.FAILED, PartStatus.OK], PartStatus.FAILED, False),
    ],
)
def test_the_worst_part_says_how_all_are(parts: list[PartStatus], status: PartStatus, is_ready: bool) -> None:
    found = Readiness([PartHealth("part", each, "") for each in parts])
    assert (found.status, found.is_ready) == (status, is_ready)


async def test_every_part_is_shown_and_many_who_ask_share_the_answer() -> None:
    store, queue = Store(), Store("queue", is_needed=False, is_away=True)
    check = CheckReadiness([store, queue])
    first, *others = await asyncio.gather(*(check() for _ in range(50)))
    assert list(first.parts) == [await examine(store), await examine(queue)]
    assert all(other is first for other in others)
    assert (store.asked, queue.asked) == (2, 2)


async def test_an_answer_is_good_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: now[0]))
    store = Store()
    check = CheckReadiness([store])
    assert (await check()).is_ready
    store.is_away = True
    now[0] = 101.0
    assert (await check()).is_ready
    now[0] = 101.1
    assert not (await check()).is_ready
