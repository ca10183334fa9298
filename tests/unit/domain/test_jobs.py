"""The life of a job, change by change."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import NEXT, ErrorCode, Failed, Job, JobStatus, Succeeded, backoff
from tests.unit.domain.jobs import BOOM, LATER, LEASE, NOW, WORKER, in_status, started, submitted

S = JobStatus
CHANGES: dict[str, tuple[Callable[[Job], Job], JobStatus]] = {
    "start": (lambda job: job.start(WORKER, NOW, LEASE), S.IN_PROGRESS),
    "succeed": (lambda job: job.succeed("14", NOW), S.SUCCESS),
    "fail": (lambda job: job.fail(BOOM, NOW, jitter=0), S.FAILED),
    "lose": (lambda job: job.lose(NOW, jitter=0), S.PENDING),
    "give back": (lambda job: job.give_back(NOW), S.PENDING),
    "promote": (lambda job: job.promote(NOW), S.PENDING),
    "cancel": (lambda job: job.cancel(NOW), S.CANCELLED),
    "retry": (lambda job: job.retry(NOW), S.PENDING),
}
ALLOWED = {
    (S.SCHEDULED, "promote"),
    (S.SCHEDULED, "cancel"),
    (S.PENDING, "start"),
    (S.PENDING, "cancel"),
    (S.IN_PROGRESS, "succeed"),
    (S.IN_PROGRESS, "fail"),
    (S.IN_PROGRESS, "lose"),
    (S.IN_PROGRESS, "give back"),
    (S.IN_PROGRESS, "cancel"),
    (S.FAILED, "retry"),
    (S.CANCELLED, "retry"),
}


def test_the_table_of_changes_is_the_documented_one() -> None:
    documented = {
        "SCHEDULED": "PENDING CANCELLED",
        "PENDING": "IN_PROGRESS CANCELLED",
        "IN_PROGRESS": "SUCCESS FAILED CANCELLED SCHEDULED PENDING",
        "SUCCESS": "",
        "FAILED": "PENDING",
        "CANCELLED": "PENDING",
    }
    assert {status: set(after) for status, after in NEXT.items()} == {
        status: set(after.split()) for status, after in documented.items()
    }


@pytest.mark.parametrize(("status", "change"), sorted(ALLOWED))
def test_an_allowed_change_happens_and_counts_the_version(status: JobStatus, change: str) -> None:
    job, (apply, result) = in_status(status), CHANGES[change]
    changed = apply(job)
    assert (changed.status, changed.version) == (result, job.version + 1)


@pytest.mark.parametrize(
    ("status", "change"),
    [(status, name) for status in S for name in CHANGES if (status, name) not in ALLOWED],
)
def test_every_other_change_is_refused(status: JobStatus, change: str) -> None:
    with pytest.raises(Conflict) as refusal:
        CHANGES[change][0](in_status(status))
    assert refusal.value.code == "illegal-transition"


@pytest.mark.parametrize(
    ("status", "change", "detail"),
    [
        (S.FAILED, "cancel", "become CANCELLED. Allowed from FAILED: PENDING."),
        (S.SUCCESS, "cancel", "become CANCELLED. Allowed from SUCCESS: none."),
        (S.PENDING, "succeed", "become SUCCESS. Allowed from PENDING: CANCELLED, IN_PROGRESS."),
        (S.IN_PROGRESS, "retry", "be retried. Allowed from: CANCELLED, FAILED."),
        (S.PENDING, "lose", "be lost. Allowed from: IN_PROGRESS."),
        (S.PENDING, "give back", "be given back. Allowed from: IN_PROGRESS."),
        (S.PENDING, "promote", "be promoted. Allowed from: SCHEDULED."),
    ],
)
def test_a_refusal_says_from_where_and_what_is_allowed(status: JobStatus, change: str, detail: str) -> None:
    with pytest.raises(Conflict) as refusal:
        CHANGES[change][0](in_status(status))
    assert refusal.value.detail == f"A job that is {status} cannot {detail}"


def test_a_new_job_is_due_at_once() -> None:
    job = submitted()
    assert (job.status, job.run_at, job.queued_at, job.version, job.attempt) == (S.PENDING, NOW, NOW, 1, 0)


def test_a_start_in_the_past_means_now() -> None:
    job = submitted(run_at=NOW - timedelta(days=1))
    assert (job.status, job.run_at) == (S.PENDING, NOW)


@pytest.mark.parametrize("wish", [{"delay_seconds": 10}, {"run_at": LATER}])
def test_a_later_start_is_waited_for(wish: dict[str, Any]) -> None:
    job = submitted(**wish)
    assert (job.status, job.run_at, job.queued_at) == (S.SCHEDULED, LATER, None)
    assert job.promote(LATER).queued_at == LATER


def test_wishes_go_before_the_defaults() -> None:
    job = submitted(timeout_seconds=0.5, retention_seconds=0, priority=9, tags=("a",))
    assert (job.timeout_seconds, job.retention_seconds, job.priority, job.tags) == (0.5, 0, 9, ("a",))
    assert submitted(max_attempts=3).timeout_seconds == 300.0


def test_a_start_leases_the_job_to_its_worker() -> None:
    job = started()
    assert (job.worker, job.lease_until, job.started_at, job.attempt) == (WORKER, NOW + LEASE, NOW, 1)


@pytest.mark.parametrize("status", [S.SUCCESS, S.FAILED, S.CANCELLED])
def test_a_final_job_is_dated_released_and_kept_for_its_retention(status: JobStatus) -> None:
    job = in_status(status)
    assert (job.finished_at, job.expires_at) == (NOW, NOW + timedelta(hours=1))
    assert (job.lease_until, job.worker, job.queued_at) == (None, None, None)


def test_a_final_job_is_kept_for_a_minute_at_least() -> None:
    assert submitted(retention_seconds=0).cancel(NOW).expires_at == NOW + timedelta(seconds=60)


def test_a_failure_worth_another_attempt_is_dated_anew() -> None:
    job = started().fail(BOOM, NOW, jitter=0.5, retryable=True)
    assert (job.status, job.run_at, job.error) == (S.SCHEDULED, NOW + timedelta(seconds=1), BOOM)


def test_the_last_attempt_fails_for_good() -> None:
    job = started(max_attempts=1).fail(BOOM, NOW, jitter=0.5, retryable=True)
    assert (job.status, job.error) == (S.FAILED, BOOM)


def test_a_failure_not_worth_another_attempt_fails_at_once() -> None:
    assert started().settle(Failed(BOOM), NOW, jitter=0.5).status is S.FAILED


def test_a_success_forgets_the_error_of_an_earlier_attempt() -> None:
    again = started().fail(BOOM, NOW, jitter=0, retryable=True).promote(NOW).start(WORKER, NOW, LEASE)
    job = again.settle(Succeeded("14"), NOW, jitter=0)
    assert (job.result, job.error, job.attempt) == ("14", None, 2)


def test_a_lost_job_is_due_at_once_and_dated_from_the_second_loss_on() -> None:
    first = started().lose(LATER, jitter=1.0)
    assert (first.status, first.queued_at, first.losses) == (S.PENDING, LATER, 1)
    second = first.start(WORKER, LATER, LEASE).lose(LATER, jitter=1.0)
    assert (second.status, second.run_at, second.losses) == (S.SCHEDULED, LATER + timedelta(seconds=4), 2)


def test_a_job_that_is_lost_in_its_last_attempt_fails() -> None:
    job = started(max_attempts=1).lose(LATER, jitter=0)
    assert job.error
    assert (job.status, job.error.code) == (S.FAILED, ErrorCode.WORKER_LOST)


def test_an_attempt_that_is_given_back_does_not_count_and_keeps_its_place() -> None:
    job = started().give_back(LATER)
    assert (job.status, job.attempt, job.queued_at, job.version) == (S.PENDING, 0, NOW, 3)


def test_a_retry_counts_attempts_anew_and_the_version_on() -> None:
    job = in_status(S.FAILED).retry(LATER)
    assert (job.attempt, job.losses, job.error, job.version) == (0, 0, None, 4)
    assert (job.queued_at, job.finished_at, job.expires_at) == (LATER, None, None)


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 2), (2, 4), (5, 32), (6, 60), (100, 60)])
def test_the_wait_grows_with_the_attempt_up_to_a_minute(attempt: int, seconds: int) -> None:
    assert backoff(attempt, 0.0) == timedelta(0)
    assert backoff(attempt, 1.0) == timedelta(seconds=seconds)
