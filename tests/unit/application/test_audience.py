"""Readers of hints get those of their jobs, or word that they have missed some, and leave nothing behind."""

import asyncio
from uuid import UUID

import pytest

from jobproc.application.events import LARGEST_BACKLOG, Audience, Hint, Subscription

pytestmark = pytest.mark.anyio

ADA, BOB = UUID(int=1), UUID(int=2)
JOB = UUID(int=7)


def hints(count: int) -> list[Hint]:
    return [Hint(ADA, JOB, version) for version in range(count)]


async def taken(subscription: Subscription, count: int) -> list[Hint | None]:
    async with asyncio.timeout(3):
        return [await subscription.next() for _ in range(count)]


async def waits(subscription: Subscription) -> bool:
    """Whether there is nothing to take."""
    waiting = asyncio.create_task(subscription.next())
    await asyncio.sleep(0)
    return waiting.cancel()


async def test_a_reader_gets_every_hint_in_its_order_and_then_waits() -> None:
    audience = Audience()
    with audience.listening(ADA, JOB) as reader:
        audience.tell(hints(LARGEST_BACKLOG))
        assert await taken(reader, LARGEST_BACKLOG) == hints(LARGEST_BACKLOG)
        assert await waits(reader)


async def test_a_reader_who_falls_too_far_behind_is_told_once_and_goes_on() -> None:
    audience = Audience()
    with audience.listening(ADA, None) as reader:
        audience.tell(hints(LARGEST_BACKLOG + 1))
        assert await taken(reader, 1) == [None]
        assert await waits(reader)
        audience.tell(hints(1))
        assert await taken(reader, 1) == hints(1)


@pytest.mark.parametrize(("owner", "told"), [(None, {ADA, BOB}), (ADA, {ADA}), (UUID(int=3), set())])
async def test_those_who_may_have_missed_something_are_told(owner: UUID | None, told: set[UUID]) -> None:
    audience = Audience()
    with audience.listening(ADA, JOB) as ada, audience.listening(BOB, None) as bob:
        audience.tell_missed(owner)
        assert {reader.owner for reader in (ada, bob) if not await waits(reader)} == told


async def test_a_reader_who_leaves_is_told_nothing_more_and_the_others_are() -> None:
    audience = Audience()
    with audience.listening(ADA, JOB) as stays:
        with audience.listening(ADA, JOB) as leaves, audience.listening(ADA, None):
            pass
        assert set(audience.owners()) == {ADA}
        audience.tell(hints(1))
        assert await taken(stays, 1) == hints(1)
        assert await waits(leaves)
    assert not audience.owners()
