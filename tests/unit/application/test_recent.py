"""An answer is used again for a moment, and asked for once however many want it."""

import asyncio
from collections import Counter

import pytest

from jobproc.application.recent import Recent
from jobproc.domain.errors import Unavailable

pytestmark = pytest.mark.anyio


class Store:
    """Counts its questions; answers when it is told to."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.moment = 0.0
        self.is_away = False
        self.gone = {"nobody"}
        self.recent = Recent(self.get, seconds=3, most=2, now=lambda: self.moment)

    async def get(self, key: str) -> str | None:
        self.asked[key] += 1
        number = self.asked[key]
        await self.may_answer.wait()
        if self.is_away:
            raise Unavailable("away")
        return None if key in self.gone else f"{key} {number}"


async def settled() -> None:
    """What was begun is answered, if it may be."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_an_answer_is_used_again_until_it_is_old() -> None:
    store = Store()
    assert await store.recent("ada") == await store.recent("ada") == "ada 1"
    store.moment = 1.9
    assert await store.recent("ada") == "ada 1"
    store.moment = 3.0
    assert await store.recent("ada") == "ada 2"
    store.moment = 4.9
    assert await store.recent("ada") == "ada 2"
    assert store.asked["ada"] == 2


async def test_an_answer_that_is_getting_old_is_asked_for_ahead_and_nobody_waits() -> None:
    store = Store()
    await store.recent("ada")
    store.may_answer.clear()
    for store.moment in (2.0, 2.9):
        assert await store.recent("ada") == "ada 1"
        await asyncio.sleep(0)
    store.may_answer.set()
    await settled()
    assert await store.recent("ada") == "ada 2"
    # The age of that answer counts from its question as well.
    store.moment = 3.9
    assert await store.recent("ada") == "ada 2"
    await settled()
    assert store.asked["ada"] == 2
    store.moment = 5.0
    assert await store.recent("ada") == "ada 3"


async def test_who_comes_when_the_answer_is_old_waits_for_the_question_asked_ahead() -> None:
    store = Store()
    await store.recent("ada")
    store.may_answer.clear()
    store.moment = 2.5
    await store.recent("ada")
    store.moment = 3.0
    late = asyncio.create_task(store.recent("ada"))
    await settled()
    assert not late.done()
    store.may_answer.set()
    assert await late == "ada 2"
    assert store.asked["ada"] == 2


async def test_an_answer_serves_for_its_time_when_asking_ahead_fails() -> None:
    store = Store()
    await store.recent("ada")
    store.is_away = True
    for store.moment in (2.0, 2.9):
        assert await store.recent("ada") == "ada 1"
        await settled()
    assert store.asked["ada"] == 3
    store.moment = 3.0
    with pytest.raises(Unavailable):
        await store.recent("ada")


async def test_what_is_gone_when_asked_for_ahead_is_gone_at_once() -> None:
    store = Store()
    await store.recent("ada")
    store.gone.add("ada")
    store.moment = 2.0
    assert await store.recent("ada") == "ada 1"
    await settled()
    assert await store.recent("ada") is None


async def test_a_late_answer_replaces_no_newer_one() -> None:
    store = Store()
    store.may_answer.clear()
    first = asyncio.create_task(store.recent("ada"))
    await settled()
    slow, store.may_answer = store.may_answer, asyncio.Event()
    store.may_answer.set()
    store.moment = 3.0
    assert await store.recent("ada") == "ada 2"
    store.gone.add("ada")
    slow.set()
    assert await first is None
    assert await store.recent("ada") == "ada 2"


async def test_the_age_of_an_answer_counts_from_its_question() -> None:
    store = Store()
    store.may_answer.clear()
    first = asyncio.create_task(store.recent("ada"))
    await asyncio.sleep(0)
    store.moment = 2.9
    store.may_answer.set()
    assert await first == "ada 1"
    store.moment = 3.0
    assert await store.recent("ada") == "ada 2"


async def test_many_who_ask_at_once_share_one_question() -> None:
    store = Store()
    assert set(await asyncio.gather(*(store.recent("ada") for _ in range(50)))) == {"ada 1"}


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    store = Store()
    store.may_answer.clear()
    first, second = asyncio.create_task(store.recent("ada")), asyncio.create_task(store.recent("ada"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    store.may_answer.set()
    assert await second == "ada 1"
    assert first.cancelled()


async def test_a_failure_is_shared_and_not_remembered() -> None:
    store = Store()
    store.is_away = True
    answers = await asyncio.gather(*(store.recent("ada") for _ in range(5)), return_exceptions=True)
    assert {type(answer) for answer in answers} == {Unavailable}
    store.is_away = False
    assert await store.recent("ada") == "ada 2"


async def test_what_is_not_there_is_not_remembered() -> None:
    store = Store()
    assert await store.recent("ada") == "ada 1"
    for _ in range(3):
        assert await store.recent("nobody") is None
    assert store.asked["nobody"] == 3
    assert await store.recent("ada") == "ada 1"


async def test_no_more_is_remembered_than_there_is_room_for() -> None:
    store = Store()
    for key in ("ada", "bob", "eve"):
        await store.recent(key)
    assert await store.recent("eve") == "eve 1"
    assert await store.recent("bob") == "bob 1"
    assert await store.recent("ada") == "ada 2"


async def test_the_oldest_answer_makes_room_and_not_the_oldest_key() -> None:
    store = Store()
    recent = Recent(store.get, seconds=3, most=3, now=lambda: store.moment)
    for store.moment, key in ((0.0, "ada"), (1.0, "bob"), (3.0, "ada"), (3.0, "eve"), (3.5, "kim")):
        await recent(key)
    assert await recent("ada") == "ada 2"


async def test_an_answer_that_comes_when_its_room_is_taken_harms_nothing() -> None:
    store = Store()
    store.may_answer.clear()
    asked = [asyncio.create_task(store.recent(key)) for key in ("nobody", "ada", "bob")]
    await asyncio.sleep(0)
    store.may_answer.set()
    assert await asyncio.gather(*asked) == [None, "ada 1", "bob 1"]
    # What the loop would log fails this test.
    await settled()
