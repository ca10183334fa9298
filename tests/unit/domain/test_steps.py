"""Every change of a job is a step of its timeline: dated, and told by its cause."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from jobproc.domain.jobs import Cause, ErrorCode, Job, JobError, JobStatus, Lost, Step
from tests.unit.domain.jobs import BOOM, LATER, LEASE, NOW, WORKER, in_status, started, submitted

S = JobStatus
CRASH = JobError(ErrorCode.WORKER_CRASHED, "WorkerCrashed", "It went away.")


def lost_before() -> Job:
    return started()._replace(losses=1)


@pytest.mark.parametrize(
    ("change", "status", "cause"),
    [
        (lambda: in_status(S.PENDING).start(WORKER, LATER, LEASE), S.IN_PROGRESS, Cause.CLAIMED),
        (lambda: started().succeed("14", LATER), S.SUCCESS, Cause.SUCCEEDED),
        (lambda: started().fail(BOOM, LATER, jitter=0), S.FAILED, BOOM.code),
        (lambda: started().fail(BOOM, LATER, jitter=0, retryable=True), S.SCHEDULED, BOOM.code),
        (lambda: started().lose(LATER, jitter=0), S.PENDING, ErrorCode.WORKER_LOST),
        (lambda: lost_before().lose(LATER, jitter=0), S.SCHEDULED, ErrorCode.WORKER_LOST),
        (lambda: started(max_attempts=1).lose(LATER, jitter=0), S.FAILED, ErrorCode.WORKER_LOST),
        (lambda: started().settle(Lost(CRASH), LATER, jitter=0), S.PENDING, ErrorCode.WORKER_CRASHED),
        (lambda: started().give_back(LATER), S.PENDING, Cause.GIVEN_BACK),
        (lambda: in_status(S.SCHEDULED).promote(LATER), S.PENDING, Cause.DUE),
        (lambda: in_status(S.PENDING).cancel(LATER), S.CANCELLED, Cause.CANCELLED),
        (lambda: in_status(S.FAILED).retry(LATER), S.PENDING, Cause.RETRIED),
    ],
)
def test_every_change_is_dated_and_names_its_cause(
    change: Callable[[], Job], status: JobStatus, cause: str
) -> None:
    job = change()
    assert job.step == Step(job.version, status, job.attempt, LATER, cause)


def test_the_first_step_is_the_submission() -> None:
    assert submitted().step == Step(1, S.PENDING, 0, NOW, Cause.SUBMITTED)


def test_an_attempt_that_took_its_process_along_is_lost_with_its_own_error() -> None:
    outcome = Lost(CRASH)
    assert started().settle(outcome, LATER, jitter=0.5) == started().lose(LATER, jitter=0.5, error=CRASH)
    assert lost_before().settle(outcome, LATER, jitter=0.5).run_at == LATER + timedelta(seconds=1)
