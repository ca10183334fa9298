"""What every `Jobs` promises of its pages."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from jobproc.adapters.postgres.database import open_database
from jobproc.adapters.postgres.pages import MOST_LOOKED_AT
from jobproc.domain.filters import EVERY_JOB, JobFilter
from jobproc.domain.jobs import Job, JobStatus
from jobproc.entrypoints.container import new_id_at
from tests.integration.contracts.stores import Store, postgres_store

pytestmark = pytest.mark.anyio


async def walk(store: Store, owner: UUID, limit: int, wanted: JobFilter = EVERY_JOB) -> list[UUID]:
    """Every page until the last."""
    seen: list[UUID] = []
    before = None
    while True:
        page = await store.jobs.page(owner, before=before, limit=limit, wanted=wanted)
        assert len(page.jobs) <= limit
        seen += [job.id for job in page.jobs]
        if page.next is None:
            return seen
        before = page.next


def newest_first(jobs: Sequence[Job]) -> list[UUID]:
    return [job.id for job in reversed(jobs)]


async def test_a_page_has_the_newest_first_and_goes_on_where_the_last_one_ended(store: Store) -> None:
    owner = await store.owner()
    jobs = await store.add(owner, 5)
    await store.add()
    for limit in (1, 2, 5, 6):
        assert await walk(store, owner, limit) == newest_first(jobs)


async def test_pages_neither_skip_nor_repeat_a_job_while_others_come_and_go(store: Store) -> None:
    owner = await store.owner()
    jobs = await store.add(owner, 6)
    first = await store.jobs.page(owner, before=None, limit=3)
    await store.add(owner, 2)
    await store.jobs.change(owner, [first.jobs[-1].id], Job.cancel)
    await store.jobs.erase(owner, [first.jobs[-1].id], Job.check_erasable)
    rest = await store.jobs.page(owner, before=first.next, limit=10)
    assert [job.id for job in (*first.jobs, *rest.jobs)] == newest_first(jobs)


async def test_without_content_a_page_has_everything_but_data_and_result(store: Store) -> None:
    owner = await store.owner()
    [job] = await store.add(owner, data="[1,2]", tags=("a",))
    [bare] = (await store.jobs.page(owner, before=None, limit=1, content=False)).jobs
    assert (bare.data, bare.result) == ("null", None)
    assert (bare.id, bare.status, bare.tags, bare.created_at) == (
        job.id,
        job.status,
        job.tags,
        job.created_at,
    )


async def test_each_filter_leaves_what_it_wants(store: Store) -> None:
    owner = await store.owner()
    nightly = await store.add(owner, 2, tags=("nightly", "x"))
    [cubes] = await store.add(owner, operation="cube_sum")
    [later] = await store.add(owner, delay_seconds=60)
    await store.jobs.change(owner, [nightly[0].id], Job.cancel)
    everything = [*nightly, cubes, later]
    wanted = {
        JobFilter(statuses=(JobStatus.PENDING,)): [nightly[1], cubes],
        JobFilter(statuses=(JobStatus.CANCELLED, JobStatus.SCHEDULED)): [nightly[0], later],
        JobFilter(operation="cube_sum"): [cubes],
        JobFilter(tag="nightly"): nightly,
        JobFilter(tag="night"): [],
        JobFilter(batch_id=uuid4()): [],
        JobFilter(created_after=cubes.created_at): [later],
        JobFilter(created_before=cubes.created_at): nightly,
        JobFilter(created_after=later.created_at + timedelta(days=1)): [],
        JobFilter(created_before=later.created_at - timedelta(days=400_000)): [],
        JobFilter(tag="x", statuses=(JobStatus.PENDING,), operation="square_sum"): [nightly[1]],
        EVERY_JOB: everything,
    }
    for filter, jobs in wanted.items():
        assert await walk(store, owner, 1, filter) == newest_first(jobs), filter
        assert await walk(store, owner, 50, filter) == newest_first(jobs), filter


async def test_a_filtered_page_gives_up_looking_and_says_where_to_go_on(database_url: str) -> None:
    copies = """
    INSERT INTO jobs SELECT (jsonb_populate_record(jobs, jsonb_build_object('id', lpad(to_hex(n), 32, '0')))).*
    FROM jobs, generate_series(1, :count) AS n WHERE id = :id
    """
    async with postgres_store(database_url) as store, open_database(database_url) as database:
        owner = await store.owner()
        [job] = await store.add(owner)
        [rare] = await store.add(owner, tags=("rare",))
        values = {"count": 2 * MOST_LOOKED_AT, "id": job.id}
        await database.run(text(copies), values)
        wanted = JobFilter(tag="rare")
        pages, before = [], None
        while True:
            page = await store.jobs.page(owner, before=before, limit=5, wanted=wanted)
            pages.append([job.id for job in page.jobs])
            if (before := page.next) is None:
                break
        assert pages == [[rare.id], [], []]


def test_ids_sort_as_their_moments_do(anyio_backend: str) -> None:
    from jobproc.adapters.memory.clock import utc_now
    from jobproc.domain.ids import first_id_at

    now = utc_now().replace(microsecond=5_000)
    moments = [now + timedelta(microseconds=by) for by in (-5_000, -1, 0, 1, 2, 999, 1_000)]
    ids = [new_id_at(moment) for moment in moments]
    assert ids == sorted(ids)
    assert all(id.version == 7 for id in ids)
    assert (
        ids[1] < first_id_at(now) <= ids[2] < ids[5] < first_id_at(now + timedelta(milliseconds=1)) <= ids[6]
    )
