"""What every `JobEvents` promises: hints arrive, or who reads is told; and nobody who publishes ever waits."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.events import MemoryEvents
from jobproc.adapters.redis.events import RedisEvents
from jobproc.application import events
from jobproc.application.events import Hint, Subscription
from jobproc.application.ports import JobEvents
from jobproc.domain.jobs import JobStatus, Progress

pytestmark = pytest.mark.anyio

ADA, BOB = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True)
class Ends:
    """Where hints are published, and where they are read: two processes, or one."""

    publishing: JobEvents
    reading: JobEvents


@pytest.fixture(params=["memory", "redis"])
async def ends(request: pytest.FixtureRequest, anyio_backend: str, redis_url: str) -> AsyncIterator[Ends]:
    if request.param == "memory":
        both = MemoryEvents()
        yield Ends(both, both)
        return
    async with RedisEvents(redis_url) as publishing, RedisEvents(redis_url) as reading:
        yield Ends(publishing, reading)


def hint(owner: UUID = ADA, job: UUID | None = None, version: int = 1) -> Hint:
    return Hint(owner, job or uuid7(), version, JobStatus.PENDING)


async def next_of(subscription: Subscription) -> Hint | None:
    return await asyncio.wait_for(subscription.next(), 5)


async def nothing_comes_to(subscription: Subscription) -> bool:
    try:
        await asyncio.wait_for(subscription.next(), 0.1)
    except TimeoutError:
        return True
    return False


async def test_what_is_published_from_the_start_of_the_block_arrives_whole_and_in_order(ends: Ends) -> None:
    job = uuid7()
    told = [
        *(Hint(ADA, job, version, status) for version, status in enumerate(JobStatus, start=1)),
        Hint(ADA, job, 3, progress=Progress(1.5, 10, "é 😀")),
        Hint(ADA, job, 3, progress=Progress(2)),
    ]
    async with ends.reading.subscribe(ADA, job) as subscription:
        ends.publishing.publish(told[:3])
        ends.publishing.publish(told[3:])
        assert [await next_of(subscription) for _ in told] == told


async def test_no_hint_is_missed_however_soon_it_comes_after_subscribing(ends: Ends) -> None:
    for version in range(50):
        owner = uuid7()
        async with ends.reading.subscribe(owner) as subscription:
            ends.publishing.publish([sent := hint(owner, version=version)])
            assert await next_of(subscription) == sent


async def test_who_listens_for_one_job_hears_of_no_other_and_who_listens_for_all_hears_of_each(
    ends: Ends,
) -> None:
    mine, other = hint(), hint()
    async with ends.reading.subscribe(ADA, mine.job) as one, ends.reading.subscribe(ADA) as everything:
        ends.publishing.publish([other, mine])
        assert await next_of(one) == mine
        assert [await next_of(everything) for _ in range(2)] == [other, mine]
        assert await nothing_comes_to(one)


async def test_hints_of_other_owners_never_arrive(ends: Ends) -> None:
    job = uuid7()
    async with ends.reading.subscribe(ADA) as adas, ends.reading.subscribe(BOB, job) as bobs:
        ends.publishing.publish([hint(ADA, job), hint(BOB, job)])
        assert await next_of(adas) == hint(ADA, job)
        assert await next_of(bobs) == hint(BOB, job)
        assert await nothing_comes_to(adas)
        assert await nothing_comes_to(bobs)


async def test_every_reader_of_a_job_hears_it_also_after_one_has_left(ends: Ends) -> None:
    job = uuid7()
    async with ends.reading.subscribe(ADA, job) as stays:
        async with ends.reading.subscribe(ADA, job) as leaves:
            ends.publishing.publish([hint(ADA, job, 1)])
            assert await next_of(leaves) == await next_of(stays) == hint(ADA, job, 1)
        ends.publishing.publish([hint(ADA, job, 2)])
        assert await next_of(stays) == hint(ADA, job, 2)


async def test_a_slow_reader_is_told_that_it_missed_something_and_slows_nobody(ends: Ends) -> None:
    job = uuid7()
    async with ends.reading.subscribe(ADA) as slow, ends.reading.subscribe(BOB) as quick:
        began = time.monotonic()
        for version in range(2 * events.LARGEST_BACKLOG):
            ends.publishing.publish([hint(ADA, job, version)])
        ends.publishing.publish([hint(BOB, job)])
        assert time.monotonic() - began < 1
        assert await next_of(quick) == hint(BOB, job)
        assert await next_of(slow) is None
        ends.publishing.publish([hint(ADA, job, 1_000_000)])
        while (seen := await next_of(slow)) != hint(ADA, job, 1_000_000):
            assert seen is not None


async def test_waiting_may_be_given_up_and_loses_no_hint(ends: Ends) -> None:
    async with ends.reading.subscribe(ADA) as subscription:
        assert await nothing_comes_to(subscription)
        ends.publishing.publish([sent := hint()])
        assert await next_of(subscription) == sent


async def test_a_hint_that_nobody_listens_for_is_no_error(ends: Ends) -> None:
    ends.publishing.publish([])
    ends.publishing.publish([hint(), hint(BOB)])
    async with ends.reading.subscribe(ADA) as subscription:
        ends.publishing.publish([sent := hint()])
        while (seen := await next_of(subscription)) != sent:
            assert seen


async def test_five_hundred_readers_each_hear_of_their_own_job(ends: Ends) -> None:
    jobs = [uuid7() for _ in range(500)]
    async with AsyncExitStack() as stack:
        subscriptions = [
            await stack.enter_async_context(ends.reading.subscribe(UUID(int=number % 20), job))
            for number, job in enumerate(jobs)
        ]
        ends.publishing.publish([hint(UUID(int=number % 20), job) for number, job in enumerate(jobs)])
        heard = [await next_of(subscription) for subscription in subscriptions]
    assert [each and each.job for each in heard] == jobs


async def test_who_listens_to_an_owner_is_told_to_read_again_and_nobody_else(ends: Ends) -> None:
    job = uuid7()
    async with (
        ends.reading.subscribe(ADA) as all_of_ada,
        ends.reading.subscribe(ADA, job) as one_of_ada,
        ends.reading.subscribe(BOB) as all_of_bob,
    ):
        ends.publishing.publish_missed(ADA)
        assert await next_of(all_of_ada) is None
        assert await next_of(one_of_ada) is None
        assert await nothing_comes_to(all_of_bob)
        ends.publishing.publish([told := hint(job=job)])
        assert await next_of(one_of_ada) == told
