"""Whatever happens to a job, in whatever order: it stays a job that makes sense."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import NEXT, Job, JobStatus
from tests.unit.domain.jobs import BOOM, LEASE, NOW, WORKER, submitted

S = JobStatus
jitters = st.floats(0, 1)
LEAVES_FROM = {
    "cancel": {S.SCHEDULED, S.PENDING, S.IN_PROGRESS},
    "give_back": {S.IN_PROGRESS},
    "promote": {S.SCHEDULED},
    "retry": {S.FAILED, S.CANCELLED},
}


def while_in(*statuses: JobStatus) -> Callable[..., object]:
    return precondition(lambda machine: machine.job.status in statuses)


class JobLife(RuleBasedStateMachine):
    """One job; `before` is its state ahead of the last change."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.before = self.job = submitted(max_attempts=2)

    def change(self, job: Job) -> None:
        self.before, self.job = self.job, job
        self.now += timedelta(seconds=1)

    @while_in(S.PENDING)
    @rule()
    def start(self) -> None:
        self.change(self.job.start(WORKER, self.now, LEASE))

    @while_in(S.IN_PROGRESS)
    @rule()
    def succeed(self) -> None:
        self.change(self.job.succeed("14", self.now))

    @while_in(S.IN_PROGRESS)
    @rule(jitter=jitters, retryable=st.booleans())
    def fail(self, jitter: float, retryable: bool) -> None:
        self.change(self.job.fail(BOOM, self.now, jitter=jitter, retryable=retryable))

    @while_in(S.IN_PROGRESS)
    @rule(jitter=jitters)
    def lose(self, jitter: float) -> None:
        self.change(self.job.lose(self.now, jitter=jitter))

    @while_in(S.IN_PROGRESS)
    @rule()
    def give_back(self) -> None:
        self.change(self.job.give_back(self.now))

    @while_in(S.SCHEDULED)
    @rule()
    def promote(self) -> None:
        self.change(self.job.promote(self.now))

    @while_in(S.SCHEDULED, S.PENDING, S.IN_PROGRESS)
    @rule()
    def cancel(self) -> None:
        self.change(self.job.cancel(self.now))

    @while_in(S.FAILED, S.CANCELLED)
    @rule()
    def retry(self) -> None:
        self.change(self.job.retry(self.now))

    @rule(name=st.sampled_from(sorted(LEAVES_FROM)))
    def refuse_what_does_not_start_here(self, name: str) -> None:
        if self.job.status not in LEAVES_FROM[name]:
            with pytest.raises(Conflict):
                getattr(Job, name)(self.job, self.now)

    @invariant()
    def moves_only_along_the_table(self) -> None:
        if self.before is not self.job:
            assert self.job.status in NEXT[self.before.status]
            assert self.job.version == self.before.version + 1

    @invariant()
    def is_dated_when_final(self) -> None:
        assert self.job.status.is_final == (self.job.finished_at is not None)
        assert self.job.status.is_final == (self.job.expires_at is not None)

    @invariant()
    def is_leased_while_in_progress(self) -> None:
        running = self.job.status is S.IN_PROGRESS
        assert running == (self.job.lease_until is not None) == (self.job.worker is not None)

    @invariant()
    def has_a_place_in_the_queue_while_due(self) -> None:
        assert (self.job.queued_at is not None) == (self.job.status in (S.PENDING, S.IN_PROGRESS))

    @invariant()
    def has_what_its_end_needs(self) -> None:
        assert (self.job.result is not None) == (self.job.status is S.SUCCESS)
        assert self.job.error is not None or self.job.status is not S.FAILED
        assert self.job.error is None or self.job.status in (S.SCHEDULED, S.PENDING, S.FAILED)

    @invariant()
    def stays_within_its_attempts(self) -> None:
        assert 0 <= self.job.attempt <= self.job.max_attempts


TestJobLife = JobLife.TestCase
