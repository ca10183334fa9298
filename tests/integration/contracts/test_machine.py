"""A store does what a plain model does, whatever is asked of it and in whatever order."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text
from uuid_utils.compat import uuid7

from jobproc.adapters.postgres.database import open_database
from jobproc.domain.errors import Conflict
from jobproc.domain.jobs import FINAL, Job, JobStatus, Progress
from tests.integration.contracts.stores import LEASE, Store, memory_store, postgres_store
from tests.unit.domain.jobs import BOOM

S = JobStatus
EPOCH = datetime.fromtimestamp(0, UTC)
OPERATIONS = ("square_sum", "cube_sum")
Open = Callable[[], AbstractAsyncContextManager[Store]]


class StoreBesideModel(RuleBasedStateMachine):
    """The model holds what each job should be, apart from exact times; claims may be reported late, and twice."""

    open_store: Open
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.open_store()
        self.store = self.run(self.opened.__aenter__())
        self.model: dict[Any, Job] = {}

    def teardown(self) -> None:
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()

    def run(self, coroutine: Any) -> Any:
        async def call() -> Any:
            return await coroutine

        return self.runner.run(call())

    def put(self, *jobs: Job) -> None:
        self.model.update((job.id, job) for job in jobs)

    def due(self) -> list[Job]:
        return [job for job in self.model.values() if job.status is S.PENDING]

    @initialize()
    def somebody(self) -> None:
        self.owner = self.run(self.store.owner())

    @rule(operation=st.sampled_from(OPERATIONS), priority=st.integers(-2, 2), delay=st.sampled_from([0, 30]))
    def add(self, operation: str, priority: int, delay: int) -> None:
        wishes = {
            "operation": operation,
            "priority": priority,
            "delay_seconds": delay,
            "retention_seconds": 60,
        }
        self.put(*self.run(self.store.add(self.owner, **wishes)))

    @rule(target=claims, limit=st.integers(1, 3), operations=st.sets(st.sampled_from(OPERATIONS), min_size=1))
    def claim(self, limit: int, operations: set[str]) -> Any:
        claimed = self.run(self.store.work.claim(uuid7(), sorted(operations), limit=limit, lease=LEASE))
        waiting = sorted(
            (job for job in self.due() if job.operation in operations),
            key=lambda job: (-job.priority, job.queued_at, job.id),
        )
        assert [job.id for job in claimed] == [job.id for job in waiting[:limit]]
        for job in claimed:
            before = self.model[job.id]
            assert (job.attempt, job.version) == (before.attempt + 1, before.version + 1)
        self.put(*claimed)
        return multiple(*claimed)

    def report(self, claimed: Job, done: Job) -> None:
        recorded = self.run(self.store.work.finish([done]))
        present = self.model.get(claimed.id)
        holds = present is not None and (present.version, present.status) == (claimed.version, S.IN_PROGRESS)
        assert bool(recorded) == holds or present == done
        if holds:
            self.expect([done])

    def now(self) -> Any:
        return self.run(self.store.clock.now())

    @rule(claimed=claims)
    def succeed(self, claimed: Job) -> None:
        self.report(claimed, claimed.succeed(f'"{claimed.version}"', self.now()))

    @rule(claimed=claims, retryable=st.booleans(), jitter=st.floats(0, 1))
    def fail(self, claimed: Job, retryable: bool, jitter: float) -> None:
        self.report(claimed, claimed.fail(BOOM, self.now(), jitter=jitter, retryable=retryable))

    @rule(claimed=consumes(claims))
    def give_back(self, claimed: Job) -> None:
        self.report(claimed, claimed.give_back(self.now()))

    @rule(claimed=claims)
    def renew(self, claimed: Job) -> None:
        held = self.run(self.store.work.renew([claimed], lease=LEASE))
        present = self.model.get(claimed.id)
        holds = present is not None and (present.version, present.status) == (claimed.version, S.IN_PROGRESS)
        assert bool(held) == holds
        self.learn()

    @rule(claimed=claims, done=st.integers(0, 9))
    def say_progress(self, claimed: Job, done: int) -> None:
        progress = Progress(done, 9, "on the way")
        self.run(self.store.work.report([claimed._replace(progress=progress)]))
        held = self.run(self.store.work.held([claimed]))
        present = self.model.get(claimed.id)
        holds = present is not None and (present.version, present.status) == (claimed.version, S.IN_PROGRESS)
        assert bool(held) == holds
        if present is not None and holds:
            self.expect([present._replace(progress=progress)])

    @rule(data=st.data(), change=st.sampled_from([Job.cancel, Job.retry]))
    def ask(self, data: st.DataObject, change: Any) -> None:
        if not self.model:
            return
        job = data.draw(st.sampled_from(list(self.model.values())))
        try:
            expected = change(job, self.now())
        except Conflict:
            with pytest.raises(Conflict):
                self.run(self.store.jobs.change(self.owner, [job.id], change))
            return
        [changed] = self.run(self.store.jobs.change(self.owner, [job.id], change))
        assert (changed.status, changed.version) == (expected.status, expected.version)
        self.put(changed)

    @rule(seconds=st.sampled_from([1, 20, 61]))
    def pass_time(self, seconds: int) -> None:
        self.run(self.store.pass_time(seconds))
        self.learn()

    @rule()
    def rescue(self) -> None:
        self.learn()
        now = self.now()
        lapsed = [job for job in self.model.values() if job.lease_until and job.lease_until < now]
        assert len(self.run(self.store.work.rescue(limit=100, jitter=lambda: 0.5))) == len(lapsed)
        self.expect([job.lose(now, jitter=0.5) for job in lapsed])

    @rule()
    def promote(self) -> None:
        now = self.now()
        dated = [job for job in self.model.values() if job.status is S.SCHEDULED and job.run_at <= now]
        assert len(self.run(self.store.work.promote(limit=100))) == len(dated)
        self.expect([job.promote(now) for job in dated])

    @rule()
    def purge(self) -> None:
        now = self.now()
        expired = [job for job in self.model.values() if job.expires_at and job.expires_at <= now]
        assert self.run(self.store.work.purge(limit=100)) == len(expired)
        for job in expired:
            assert job.status in FINAL
            del self.model[job.id]

    def expect(self, changed: list[Job]) -> None:
        self.put(*changed)
        self.learn()

    def learn(self) -> None:
        """Take over the store's times; whatever else it says must be what the model says."""
        for job in self.seen():
            expected = self.model[job.id]
            assert _without_times(job) == _without_times(expected)
            self.model[job.id] = job

    def seen(self) -> list[Job]:
        return list(self.run(self.store.jobs.get(self.owner, list(self.model))))

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        if self.model:
            assert {job.id: job for job in self.seen()} == self.model

    @invariant()
    def remembers_every_change(self) -> None:
        for job in self.seen()[:3]:
            steps = self.run(self.store.timeline(job))
            assert [step.version for step in steps] == list(range(1, job.version + 1))
            assert steps[-1].status == job.status

    @invariant()
    def lists_the_newest_first(self) -> None:
        if self.model:
            listed = self.run(self.store.jobs.page(self.owner, before=None, limit=100)).jobs
            assert [job.id for job in listed] == sorted(self.model, reverse=True)


def _without_times(job: Job) -> Job:
    names = ("run_at", "queued_at", "started_at", "finished_at", "expires_at", "lease_until", "changed_at")
    times: dict[str, Any] = {name: getattr(job, name) and EPOCH for name in names}
    return job._replace(created_at=EPOCH, **times)


@asynccontextmanager
async def emptied(url: str) -> AsyncIterator[Store]:
    """A store over a database in which nothing of an earlier example is left."""
    async with open_database(url) as database:
        await database.run(text("TRUNCATE users CASCADE"))
    async with postgres_store(url) as store:
        yield store


@pytest.mark.parametrize("kind", ["memory", "postgres"])
def test_a_store_behaves_as_its_model(kind: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue("database_url") if kind == "postgres" else ""
    open_store: Open = memory_store if kind == "memory" else lambda: emptied(url)
    effort = settings(
        max_examples=100 if kind == "memory" else 25,
        stateful_step_count=30,
        deadline=timedelta(seconds=30),
        suppress_health_check=list(HealthCheck),
    )
    machine = type("Machine", (StoreBesideModel,), {"open_store": staticmethod(open_store)})
    run_state_machine_as_test(machine, settings=effort)
