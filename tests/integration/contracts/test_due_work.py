"""What every `DueWork` promises: each operation that waits, how many of it, and how long."""

import pytest

from tests.integration.contracts.stores import Store

pytestmark = pytest.mark.anyio


async def test_without_due_jobs_there_is_nothing_to_tell(store: Store) -> None:
    assert list(await store.due_work.by_operation()) == []


async def test_each_operation_is_counted_by_itself_whoever_knows_it(store: Store) -> None:
    await store.add(count=3)
    await store.add(count=2, operation="of yesterday")
    told = await store.due_work.by_operation()
    assert [(each.operation, each.count) for each in told] == [("of yesterday", 2), ("square_sum", 3)]


async def test_only_what_is_due_is_counted(store: Store) -> None:
    await store.add(count=3)
    await store.add(delay_seconds=60)
    await store.claim(limit=2)
    [told] = await store.due_work.by_operation()
    assert told.count == 1


async def test_what_maintenance_leaves_lying_is_told_by_its_age(store: Store) -> None:
    await store.add()
    await store.add(delay_seconds=60)
    assert (await store.due_work.neglected()).total_seconds() == 0
    await store.pass_time(100)
    assert 35 < (await store.due_work.neglected()).total_seconds() < 75


async def test_a_lease_that_lapsed_is_left_lying_too(store: Store) -> None:
    await store.add()
    await store.claim()
    assert (await store.due_work.neglected()).total_seconds() == 0
    await store.pass_time(1000)
    assert (await store.due_work.neglected()).total_seconds() > 900


@pytest.mark.parametrize("priorities", [(0, 0), (5, -5), (-5, 5), (-100, 100)])
async def test_the_age_is_that_of_the_oldest_whatever_its_priority(
    store: Store, priorities: tuple[int, int]
) -> None:
    first, second = priorities
    await store.add(priority=first)
    await store.pass_time(100)
    await store.add(priority=second)
    await store.add(operation="another")
    another, told = await store.due_work.by_operation()
    assert 99 < told.age.total_seconds() < 130
    assert another.age.total_seconds() < 30
