"""What every `Work` promises to workers and sweepers."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from uuid_utils.compat import uuid7

from jobproc.domain.jobs import ErrorCode, Job, JobError, JobStatus, Progress
from tests.integration.contracts.stores import LEASE, Store

pytestmark = pytest.mark.anyio

BOOM = JobError(ErrorCode.OPERATION_FAILED, "ValueError", "boom")


def half() -> float:
    return 0.5


async def finish(store: Store, claimed: Job, result: str = "14") -> bool:
    done = claimed.succeed(result, await store.clock.now())
    return bool(await store.work.finish([done]))


async def status(store: Store, job: Job) -> JobStatus:
    seen = await store.see(job)
    assert seen
    return seen.status


async def test_a_claim_leases_the_job_to_one_attempt(store: Store) -> None:
    [job] = await store.add()
    worker = uuid7()
    [claimed] = await store.work.claim(worker, ["square_sum"], limit=5, lease=LEASE)
    assert claimed == await store.see(job)
    assert (claimed.status, claimed.attempt, claimed.worker) == (JobStatus.IN_PROGRESS, 1, worker)
    assert claimed.lease_until
    assert claimed.started_at
    assert claimed.lease_until - claimed.started_at == LEASE


async def test_a_claim_takes_no_more_than_its_limit(store: Store) -> None:
    await store.add(count=5)
    assert len(await store.claim(2)) == 2
    assert len(await store.claim(5)) == 3
    assert not await store.claim()


async def test_operations_that_the_worker_does_not_know_stay_pending(store: Store) -> None:
    [foreign] = await store.add(operation="unheard_of")
    [known] = await store.add()
    assert [job.id for job in await store.claim(5)] == [known.id]
    assert await status(store, foreign) is JobStatus.PENDING


async def test_higher_priority_goes_first_then_the_longer_due(store: Store) -> None:
    owner = await store.owner()
    order = []
    for operation, priority in [("cube_sum", 0), ("square_sum", -5), ("square_sum", 0), ("cube_sum", 9)]:
        order += await store.add(owner, operation=operation, priority=priority)
        await store.pass_time(1)
    claimed = await store.claim(10, "square_sum", "cube_sum")
    first, second, third, fourth = order
    assert [job.id for job in claimed] == [job.id for job in (fourth, first, third, second)]


async def test_what_is_not_due_is_not_claimed(store: Store) -> None:
    await store.add(delay_seconds=60)
    assert not await store.claim()


async def test_a_result_is_recorded_by_the_claim_that_holds_the_job(store: Store) -> None:
    [job] = await store.add()
    [claimed] = await store.claim()
    big = str(10**900)
    assert await finish(store, claimed, big)
    seen = await store.see(job)
    assert seen
    assert (seen.status, seen.result, seen.version) == (JobStatus.SUCCESS, big, 3)


@pytest.mark.parametrize(
    "end",
    [
        lambda job, now: job.succeed("14", now),
        lambda job, now: job.fail(BOOM, now, jitter=0.5, retryable=True),
        lambda job, now: job.lose(now, jitter=0.5),
        lambda job, now: job.give_back(now),
    ],
    ids=["success", "another attempt", "a loss", "given back"],
)
async def test_recording_the_same_again_is_no_harm_and_counts_as_recorded(
    store: Store, end: Callable[[Job, datetime], Job]
) -> None:
    await store.add()
    [claimed] = await store.claim()
    done = end(claimed, await store.clock.now())
    assert await store.work.finish([done]) == await store.work.finish([done]) == {done.id}
    assert await store.see(done) == done


async def test_the_good_reports_of_a_batch_are_recorded_beside_a_stale_one(store: Store) -> None:
    owner = await store.owner()
    await store.add(owner, 2)
    first, second = await store.claim(2)
    await store.jobs.change(owner, [first.id], Job.cancel)
    now = await store.clock.now()
    recorded = await store.work.finish([first.succeed("1", now), second.succeed("2", now)])
    assert recorded == {second.id}
    assert await status(store, first) is JobStatus.CANCELLED


@pytest.mark.parametrize("lost", [False, True], ids=["alike", "one lost before"])
@pytest.mark.parametrize("fails", [False, True], ids=["all succeed", "one fails"])
async def test_jobs_of_one_call_keep_what_is_their_own(store: Store, lost: bool, fails: bool) -> None:
    """What they have in common may be stored once for all of them."""
    owner, now = await store.owner(), await store.clock.now()
    jobs = await store.add(owner, 3)
    if lost:
        await store.work.finish([job.lose(now, jitter=0) for job in await store.claim(1)])
    claimed = await store.claim(3)
    assert await store.jobs.get(owner, [job.id for job in claimed]) == claimed
    assert sorted(job.attempt for job in claimed) == [1, 1, 1 + lost]
    assert {job.id for job in claimed} == {job.id for job in jobs}
    first, *others = claimed
    ended = [
        first.fail(BOOM, now, jitter=0) if fails else first.succeed("0", now),
        *(job.succeed(str(place), now + timedelta(seconds=place)) for place, job in enumerate(others, 1)),
    ]
    assert await store.work.finish(ended) == {job.id for job in jobs}
    assert await store.jobs.get(owner, [job.id for job in ended]) == ended


async def test_a_failed_attempt_may_be_dated_anew(store: Store) -> None:
    await store.add()
    [claimed] = await store.claim()
    again = claimed.fail(BOOM, await store.clock.now(), jitter=1.0, retryable=True)
    assert await store.work.finish([again])
    assert await store.see(claimed) == again
    assert again.status is JobStatus.SCHEDULED


async def test_a_job_that_is_given_back_can_be_claimed_at_once(store: Store) -> None:
    await store.add()
    [claimed] = await store.claim()
    assert await store.work.finish([claimed.give_back(await store.clock.now())])
    [again] = await store.claim()
    assert (again.id, again.attempt) == (claimed.id, 1)


async def test_a_report_is_stale_once_its_claim_was_given_back_and_taken_by_another(store: Store) -> None:
    await store.add()
    [claimed] = await store.claim()
    await store.work.finish([claimed.give_back(await store.clock.now())])
    [current] = await store.claim()
    assert not await finish(store, claimed, "1")
    assert await finish(store, current, "2")


async def test_a_report_is_stale_once_its_job_was_rescued(store: Store) -> None:
    await store.add()
    [lost] = await store.claim()
    await store.pass_time(LEASE.total_seconds() + 1)
    [rescued] = await store.work.rescue(limit=10, jitter=half)
    assert rescued == await store.see(lost)
    assert not await finish(store, lost)
    [current] = await store.claim()
    assert not await finish(store, lost)
    assert await finish(store, current)


async def test_a_cancelled_job_gets_no_result(store: Store) -> None:
    [job] = await store.add()
    [claimed] = await store.claim()
    await store.jobs.change(job.owner, [job.id], Job.cancel)
    assert not await finish(store, claimed)
    assert await status(store, job) is JobStatus.CANCELLED


async def test_a_renewal_says_which_claims_still_hold(store: Store) -> None:
    owner = await store.owner()
    await store.add(owner, 2)
    kept, cancelled = await store.claim(2)
    await store.jobs.change(owner, [cancelled.id], Job.cancel)
    assert await store.work.renew([kept, cancelled], lease=LEASE) == {kept.id}


async def test_a_renewed_lease_outlives_the_old_one(store: Store) -> None:
    await store.add()
    [claimed] = await store.claim()
    await store.pass_time(10)
    await store.work.renew([claimed], lease=LEASE)
    await store.pass_time(10)
    assert not await store.work.rescue(limit=10, jitter=half)
    await store.pass_time(6)
    assert len(await store.work.rescue(limit=10, jitter=half)) == 1


async def test_a_lost_job_is_due_at_once_then_dated_then_failed(store: Store) -> None:
    [job] = await store.add()
    seen = []
    for _ in range(3):
        await store.pass_time(61)
        await store.work.promote(limit=10)
        assert await store.claim()
        await store.pass_time(LEASE.total_seconds() + 1)
        await store.work.rescue(limit=10, jitter=half)
        seen.append(await status(store, job))
    assert seen == [JobStatus.PENDING, JobStatus.SCHEDULED, JobStatus.FAILED]
    failed = await store.see(job)
    assert failed
    assert failed.error
    assert failed.error.code is ErrorCode.WORKER_LOST


async def test_a_sweep_takes_no_more_than_its_limit(store: Store) -> None:
    await store.add(count=3)
    await store.claim(3)
    await store.pass_time(20)
    assert [len(await store.work.rescue(limit=2, jitter=half)) for _ in range(3)] == [2, 1, 0]


async def test_a_scheduled_job_becomes_due_at_its_time(store: Store) -> None:
    [job] = await store.add(delay_seconds=60)
    assert not await store.work.promote(limit=10)
    await store.pass_time(61)
    [promoted] = await store.work.promote(limit=10)
    assert promoted == await store.see(job)
    assert promoted.status is JobStatus.PENDING


async def test_a_final_job_is_purged_at_its_time_and_not_before(store: Store) -> None:
    [job], [live] = await store.add(retention_seconds=0), await store.add()
    await store.jobs.change(job.owner, [job.id], Job.cancel)
    await store.pass_time(58)
    assert await store.work.purge(limit=10) == 0
    await store.pass_time(3)
    assert await store.work.purge(limit=10) == 1
    assert await store.see(job) is None
    assert await store.see(live)


async def test_due_work_that_nobody_comes_for_is_overdue(store: Store) -> None:
    await store.add(delay_seconds=1000)
    assert not await store.work.overdue(timedelta(seconds=0))
    await store.add()
    await store.pass_time(3)
    assert await store.work.overdue(timedelta(seconds=2))
    assert not await store.work.overdue(timedelta(seconds=30))
    await store.claim()
    assert not await store.work.overdue(timedelta(seconds=2))


async def test_what_is_not_taken_stays_pending_and_may_be_claimed_by_another(store: Store) -> None:
    jobs = await store.add(count=3)
    shown: list[Job] = []

    def take_one(due: Sequence[Job]) -> Sequence[Job]:
        shown.extend(due)
        return due[:1]

    claimed = await store.work.claim(uuid7(), ["square_sum"], limit=2, lease=LEASE, take=take_one)
    assert shown == jobs[:2]
    assert [job.id for job in claimed] == [jobs[0].id]
    assert [await store.see(job) for job in jobs[1:]] == jobs[1:]
    assert [job.id for job in await store.claim(5)] == [job.id for job in jobs[1:]]


async def test_progress_is_stored_for_holders_only_and_changes_no_version(store: Store) -> None:
    owner = await store.owner()
    await store.add(owner, 2)
    kept, cancelled = await store.claim(2)
    [lost] = await store.jobs.change(owner, [cancelled.id], Job.cancel)
    progress = Progress(1.5, 10, "é 😀")
    await store.work.report([job._replace(progress=progress) for job in (kept, cancelled)])
    assert await store.see(kept) == kept._replace(progress=progress)
    assert await store.see(cancelled) == lost


async def test_a_claim_is_held_until_the_job_moves_on(store: Store) -> None:
    owner = await store.owner()
    await store.add(owner, 4)
    kept, cancelled, finished, returned = claims = await store.claim(4)
    assert await store.work.held(claims) == {job.id for job in claims}
    now = await store.clock.now()
    await store.jobs.change(owner, [cancelled.id], Job.cancel)
    await store.work.finish([finished.succeed("1", now), returned.give_back(now)])
    await store.claim()
    assert await store.work.held(claims) == {kept.id}
    assert await store.work.held([]) == frozenset()


async def test_nothing_to_record_report_or_renew_is_no_harm(store: Store) -> None:
    assert await store.work.finish([]) == frozenset()
    assert await store.work.renew([], lease=LEASE) == frozenset()
    await store.work.report([])
