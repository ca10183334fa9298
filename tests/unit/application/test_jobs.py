"""Submitting, reading and listing jobs."""

from typing import Any, ClassVar
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from jobproc.adapters.memory.jobs import MemoryJobs
from jobproc.application.jobs import CHUNK, ListJobs
from jobproc.application.ports import Page
from jobproc.domain.errors import Conflict, InvalidInput, NotFound
from jobproc.domain.filters import JobFilter
from jobproc.domain.jobs import JobStatus
from jobproc.domain.submissions import Submission
from tests.unit.application.memory import OWNER, House

pytestmark = pytest.mark.anyio


async def test_a_submitted_job_is_stored_before_the_bell_rings() -> None:
    house = House()
    stored: list[int] = []
    house.queue.listen(lambda: stored.append(len(list(house.jobs._store.where(lambda _: True)))))
    job = await house.submit()
    assert (await house.see(job)).status is JobStatus.PENDING
    assert stored == [1]


async def test_a_job_for_later_rings_no_bell() -> None:
    house = House()
    job = await house.submit(delay_seconds=60)
    assert job.status is JobStatus.SCHEDULED
    assert house.rings == 0


async def test_operators_see_what_was_submitted_and_by_which_request() -> None:
    house = House()
    job = await house.submit(request_id="r-1")
    assert house.sight.facts("job.submitted") == [
        {"job": job.id, "user": OWNER, "operation": "add", "request": "r-1"}
    ]


async def test_operators_see_who_cancelled_and_retried_what() -> None:
    house = House()
    job = await house.submit(request_id="r-1")
    await house.cancel_job(OWNER, job.id)
    await house.retry_job(OWNER, job.id)
    assert house.sight.names() == ["job.submitted", "job.cancelled", "job.retried"]
    about = {"job": job.id, "user": OWNER, "operation": "add", "request": "r-1"}
    assert [facts for _, facts in house.sight.events] == [about] * 3


async def test_the_same_key_and_request_answer_with_the_first_job_and_ring_once() -> None:
    house = House()
    submission = Submission(operation="add", data="[1]", idempotency_key="k")
    first, second = [await house.submit_job(OWNER, submission) for _ in range(2)]
    assert (first.job, first.replayed, second.replayed) == (second.job, False, True)
    assert house.rings == 1


async def test_the_same_key_with_another_request_is_refused() -> None:
    house = House()
    await house.submit(idempotency_key="k")
    with pytest.raises(InvalidInput, match="Idempotency-Key") as refusal:
        await house.submit(data="[3]", idempotency_key="k")
    assert refusal.value.code == "idempotency-mismatch"


async def test_a_job_takes_the_defaults_of_its_operation() -> None:
    job = await House().submit("sleep", "0")
    assert (job.timeout_seconds, job.max_attempts, job.retention_seconds) == (0.1, 3, 3600)


async def test_an_unknown_operation_stores_nothing() -> None:
    house = House()
    with pytest.raises(InvalidInput, match="Supported operations: add, "):
        await house.submit("unheard_of")
    assert not (await house.jobs.page(OWNER, before=None, limit=1)).jobs


async def test_data_that_does_not_fit_stores_nothing() -> None:
    house = House()
    with pytest.raises(InvalidInput) as refusal:
        await house.submit("add", '["1"]')
    assert refusal.value.faults[0].pointer == "/data/0"
    assert not (await house.jobs.page(OWNER, before=None, limit=1)).jobs


async def test_a_job_of_somebody_else_is_not_found() -> None:
    house = House()
    job = await house.submit()
    with pytest.raises(NotFound) as foreign:
        await house.get_job(uuid7(), job.id)
    with pytest.raises(NotFound) as unknown:
        await house.get_job(OWNER, uuid7())
    assert foreign.value.detail == unknown.value.detail == "Job not found"


async def test_a_cancelled_job_is_shown_as_it_now_is() -> None:
    house = House()
    job = await house.submit()
    cancelled = await house.cancel_job(OWNER, job.id)
    assert cancelled.status is JobStatus.CANCELLED
    assert await house.see(job) == cancelled


async def test_a_retried_job_is_due_again_and_rings() -> None:
    house = House()
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    house.rings = 0
    assert (await house.retry_job(OWNER, job.id)).status is JobStatus.PENDING
    assert house.rings == 1


async def test_the_timeline_has_every_change() -> None:
    house = House()
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    steps = await house.get_timeline(OWNER, job.id)
    assert [step.cause for step in steps] == ["submitted", "cancelled"]


async def test_nobody_else_sees_or_changes_a_job() -> None:
    house = House()
    job = await house.submit()
    asks = (house.get_result, house.get_timeline, house.cancel_job, house.retry_job, house.erase_job)
    for ask in asks:
        with pytest.raises(NotFound, match=r"^Job not found$"):
            await ask(uuid7(), job.id)
    assert await house.see(job) == job


async def test_a_result_is_given_once_it_is_there() -> None:
    house = House()
    job = await house.submit("add", "[1,2]")
    with pytest.raises(Conflict, match=r"^The job is PENDING: ask again\.$") as early:
        await house.get_result(OWNER, job.id)
    assert (early.value.code, early.value.retry_after) == ("result-not-ready", 1)
    await house.run_due_jobs()()
    assert await house.get_result(OWNER, job.id) == "3"


async def test_a_job_without_success_never_has_a_result() -> None:
    house = House()
    job = await house.cancel_job(OWNER, (await house.submit()).id)
    with pytest.raises(Conflict, match=r"^The job is CANCELLED: it has no result\.$") as refusal:
        await house.get_result(OWNER, job.id)
    assert refusal.value.code == "job-not-successful"


async def test_a_final_job_can_be_erased_and_no_other() -> None:
    house = House()
    job = await house.submit()
    with pytest.raises(Conflict, match=r"be erased\. Allowed from: CANCELLED, FAILED, SUCCESS\."):
        await house.erase_job(OWNER, job.id)
    await house.cancel_job(OWNER, job.id)
    await house.erase_job(OWNER, job.id)
    assert not await house.jobs.get(OWNER, [job.id])


async def test_jobs_are_found_by_what_they_are_and_shown_without_content() -> None:
    house = House()
    wanted = [await house.submit(tags=("a",)) for _ in range(3)]
    await house.submit()
    first = await house.find_jobs(OWNER, JobFilter(tag="a"), before=None, limit=2)
    assert [job.id for job in first.jobs] == [wanted[2].id, wanted[1].id]
    assert {job.data for job in first.jobs} == {"null"}
    rest = await house.find_jobs(OWNER, JobFilter(tag="a"), before=first.next, limit=2)
    assert [job.id for job in rest.jobs] == [wanted[0].id]
    assert not (await house.find_jobs(uuid7(), JobFilter(), before=None, limit=2)).jobs


async def test_pages_follow_each_other_until_everything_was_seen_once() -> None:
    house = House()
    submitted = [(await house.submit()).id for _ in range(120)]
    seen, before = [], None
    for _ in range(5):
        page = await house.list_jobs(OWNER, before=before, limit=50, max_bytes=10**6)
        seen += [job.id for job in page.jobs]
        before = page.next
        if before is None:
            break
    assert seen == submitted[::-1]


async def test_a_page_holds_no_more_bytes_than_asked_for_but_always_a_job() -> None:
    house = House()
    for _ in range(3):
        await house.submit_job(OWNER, Submission(operation="fail", data=f'"{"x" * 100}"'))
    page = await house.list_jobs(OWNER, before=None, limit=50, max_bytes=250)
    assert len(page.jobs) == 2
    assert page.next == page.jobs[-1].id
    assert len((await house.list_jobs(OWNER, before=None, limit=50, max_bytes=1)).jobs) == 1


async def test_the_bytes_of_a_page_are_those_of_data_and_results() -> None:
    house = House()
    for _ in range(2):
        await house.submit("add", "[1,2]")
        await house.run_due_jobs()()
    two = 2 * len("[1,2]" + "3")
    assert len((await house.list_jobs(OWNER, before=None, limit=50, max_bytes=two)).jobs) == 2
    assert len((await house.list_jobs(OWNER, before=None, limit=50, max_bytes=two - 1)).jobs) == 1


async def test_a_page_may_be_longer_than_a_chunk_and_has_each_job_once() -> None:
    house = House()
    submitted = [(await house.submit()).id for _ in range(2 * CHUNK + 1)]
    page = await house.list_jobs(OWNER, before=None, limit=1000, max_bytes=10**6)
    assert [job.id for job in page.jobs] == submitted[::-1]
    assert page.next is None


async def test_a_list_is_read_in_chunks_however_long_its_pages_may_be() -> None:
    class LimitedJobs(MemoryJobs):
        limits: ClassVar[set[int]] = set()

        async def page(self, owner: UUID, *, limit: int, **others: Any) -> Page:
            self.limits.add(limit)
            return await super().page(owner, limit=limit, **others)

    house = House()
    jobs = LimitedJobs(house.jobs._store)
    await ListJobs(jobs)(OWNER, before=None, limit=1000, max_bytes=10**9)
    assert jobs.limits == {CHUNK}


async def test_a_page_that_just_fits_is_the_last() -> None:
    house = House()
    await house.submit()
    await house.submit()
    assert (await house.list_jobs(OWNER, before=None, limit=2, max_bytes=10**6)).next is None
