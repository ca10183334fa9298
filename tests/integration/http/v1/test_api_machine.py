"""The API does what a plain model does, whoever asks for what, and in whatever order."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from uuid_utils.compat import uuid7

from jobproc.domain.jobs import Job
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving
from tests.unit.domain.jobs import BOOM

USERS = ("ada", "bob")
FINAL = ("SUCCESS", "FAILED", "CANCELLED")
LEASE = timedelta(minutes=5)
# What a body that leaves them out asks for.
AS_GIVEN = {"priority": 0, "tags": []}
users = st.sampled_from(USERS)


@dataclass
class Known:
    """What the model knows of a job: how it was shown last, every status it had, and the body that made it."""

    shown: dict[str, Any]
    statuses: list[str]
    body: dict[str, Any]
    keys: set[str] = field(default_factory=set)

    @property
    def status(self) -> str:
        return self.statuses[-1]

    def became(self, *statuses: str, **changes: Any) -> None:
        self.statuses += statuses
        self.shown |= {"status": self.status, "version": len(self.statuses), **changes}


class ApiBesideModel(RuleBasedStateMachine):
    """Two users, each with a model of their jobs; a worker that the rules move."""

    open_service: Callable[[], AbstractAsyncContextManager[Service]]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.opened = self.open_service()
        self.service = self.run(self.opened.__aenter__())
        self.model: dict[str, dict[str, Known]] = {user: {} for user in USERS}
        self.erased: list[str] = []
        self.claims: list[Job] = []

    def teardown(self) -> None:
        self.run(self.opened.__aexit__(None, None, None))
        self.runner.close()

    def run(self, coroutine: Any) -> Any:
        async def call() -> Any:
            return await coroutine

        return self.runner.run(call())

    @initialize()
    def somebody(self) -> None:
        self.visitors: dict[str, Visitor] = {}
        for user in USERS:
            self.visitors[user] = self.run(self.service.register(f"{user}-{uuid7().hex[-8:]}"))
        # What an earlier example has left in the database is nobody's business here.
        self.take(1000)

    def pick(self, data: st.DataObject, user: str) -> Known | None:
        jobs = list(self.model[user].values())
        return data.draw(st.sampled_from(jobs)) if jobs else None

    def known(self, id: str) -> Known:
        return next(jobs[id] for jobs in self.model.values() if id in jobs)

    @rule(
        user=users,
        operation=st.sampled_from(["square_sum", "cube_sum"]),
        options=st.fixed_dictionaries(
            {},
            optional={
                "priority": st.integers(-2, 2),
                "delay_seconds": st.sampled_from([0, 3600]),
                "max_attempts": st.integers(1, 2),
                "tags": st.lists(st.sampled_from(["a", "b"]), max_size=2),
            },
        ),
        key=st.sampled_from([None, "one", "two"]),
    )
    def submit(self, user: str, operation: str, options: dict[str, Any], key: str | None) -> None:
        body = {"operation": operation, "data": [1, 2], **options}
        headers = {"idempotency_key": key} if key else {}
        answer = self.run(self.visitors[user].post("/v1/jobs", body, **headers))
        earlier = next((job for job in self.model[user].values() if key in job.keys), None) if key else None
        if earlier is None:
            assert answer.status_code == 202
            shown = answer.json()
            expected = "SCHEDULED" if options.get("delay_seconds") else "PENDING"
            assert (shown["status"], shown["version"]) == (expected, 1)
            self.model[user][shown["id"]] = Known(shown, [expected], body, {key} if key else set())
        elif AS_GIVEN | earlier.body == AS_GIVEN | body:
            assert (answer.json(), answer.headers["Idempotent-Replayed"]) == (earlier.shown, "true")
        else:
            assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")

    @rule(user=users, data=st.data())
    def cancel(self, user: str, data: st.DataObject) -> None:
        if job := self.pick(data, user):
            answer = self.act(user, job, "cancel", 200, job.status not in FINAL, "CANCELLED")
            if answer is not None:
                assert answer["finished_at"] is not None

    @rule(user=users, data=st.data())
    def retry(self, user: str, data: st.DataObject) -> None:
        if job := self.pick(data, user):
            answer = self.act(user, job, "retry", 202, job.status in ("FAILED", "CANCELLED"), "PENDING")
            if answer is not None:
                assert (answer["attempt"], answer["error"], answer["result"]) == (0, None, None)

    def act(self, user: str, job: Known, verb: str, status: int, may: bool, becomes: str) -> Any:
        answer = self.run(self.visitors[user].post(f"/v1/jobs/{job.shown['id']}/{verb}"))
        if not may:
            assert (answer.status_code, answer.json()["code"]) == (409, "illegal-transition")
            return None
        assert answer.status_code == status
        shown = answer.json()
        assert (shown["status"], shown["version"]) == (becomes, len(job.statuses) + 1)
        job.became(becomes, **shown)
        return shown

    @rule(user=users, data=st.data())
    def erase(self, user: str, data: st.DataObject) -> None:
        if job := self.pick(data, user):
            id = job.shown["id"]
            answer = self.run(self.visitors[user].delete(f"/v1/jobs/{id}"))
            assert answer.status_code == (204 if job.status in FINAL else 409)
            if job.status in FINAL:
                del self.model[user][id]
                self.erased.append(id)

    def take(self, limit: int) -> list[Job]:
        work = self.service.adapters.work()
        return list(self.run(work.claim(uuid7(), ["square_sum", "cube_sum"], limit=limit, lease=LEASE)))

    @rule(limit=st.integers(1, 3))
    def claim(self, limit: int) -> None:
        claimed = self.take(limit)
        due = [job for jobs in self.model.values() for job in jobs.values() if job.status == "PENDING"]
        assert len(claimed) == min(limit, len(due))
        for claim in claimed:
            self.learn(self.known(str(claim.id)), "IN_PROGRESS")
        self.claims += claimed

    @rule(data=st.data(), succeeds=st.booleans())
    def finish(self, data: st.DataObject, succeeds: bool) -> None:
        if not self.claims:
            return
        claim = self.claims.pop(data.draw(st.integers(0, len(self.claims) - 1)))
        now = self.run(self.service.adapters.clock().now())
        done = claim.succeed("5", now) if succeeds else claim.fail(BOOM, now, jitter=0)
        recorded = self.run(self.service.adapters.work().finish([done]))
        jobs = [jobs[str(claim.id)] for jobs in self.model.values() if str(claim.id) in jobs]
        holds = [job for job in jobs if len(job.statuses) == claim.version]
        assert bool(recorded) == bool(holds)
        for job in holds:
            self.learn(job, str(done.status))

    def learn(self, job: Known, status: str) -> None:
        """Take over what the worker made of a job; what it did not touch must be as before."""
        owner = next(user for user, jobs in self.model.items() if job.shown["id"] in jobs)
        shown = self.run(self.visitors[owner].get(f"/v1/jobs/{job.shown['id']}")).json()
        assert (shown["status"], shown["version"]) == (status, len(job.statuses) + 1)
        assert shown["result"] == (5 if status == "SUCCESS" else None)
        assert (shown["error"] is None) == (status != "FAILED")
        for name in ("id", "operation", "data", "priority", "tags", "created_at", "max_attempts"):
            assert shown[name] == job.shown[name]
        job.became(status, **shown)

    @rule(
        user=users,
        status=st.sets(st.sampled_from(["SCHEDULED", "PENDING", "IN_PROGRESS", *FINAL]), max_size=2),
        tag=st.sampled_from([None, "a"]),
        operation=st.sampled_from([None, "cube_sum"]),
        limit=st.integers(1, 3),
    )
    def list_page_by_page(
        self, user: str, status: set[str], tag: str | None, operation: str | None, limit: int
    ) -> None:
        query = [f"status={each}" for each in sorted(status)] + [f"limit={limit}"]
        query += [f"{name}={value}" for name, value in (("tag", tag), ("operation", operation)) if value]
        seen, path = [], f"/v1/jobs?{'&'.join(query)}"
        while path:
            answer = self.run(self.visitors[user].get(path))
            assert len(answer.json()["items"]) <= limit
            seen += answer.json()["items"]
            path = answer.links.get("next", {}).get("url", "")
        wanted = [
            {name: value for name, value in job.shown.items() if name not in ("data", "result")}
            for _, job in sorted(self.model[user].items(), reverse=True)
            if (not status or job.status in status)
            and (tag is None or tag in job.shown["tags"])
            and operation in (None, job.shown["operation"])
        ]
        assert seen == wanted

    @rule(user=users, data=st.data())
    def read(self, user: str, data: st.DataObject) -> None:
        if not (job := self.pick(data, user)):
            return
        path = f"/v1/jobs/{job.shown['id']}"
        assert self.run(self.visitors[user].get(path)).json() == job.shown
        result = self.run(self.visitors[user].get(f"{path}/result"))
        expected = {"SUCCESS": 200}.get(job.status, 409)
        assert result.status_code == expected
        items = self.run(self.visitors[user].get(f"{path}/events")).json()["items"]
        assert [item["version"] for item in items] == list(range(1, len(job.statuses) + 1))
        assert [item["status"] for item in items] == job.statuses

    @rule(
        user=users, data=st.data(), verb=st.sampled_from(["", "/result", "/events", "/cancel", "/retry", "-"])
    )
    def try_what_is_foreign_or_gone(self, user: str, data: st.DataObject, verb: str) -> None:
        other = USERS[1 - USERS.index(user)]
        ids = [*self.model[other], *self.erased]
        if not ids:
            return
        path = f"/v1/jobs/{data.draw(st.sampled_from(ids))}"
        me = self.visitors[user]
        if verb == "-":
            answer = self.run(me.delete(path))
        else:
            answer = self.run(me.post(path + verb) if verb in ("/cancel", "/retry") else me.get(path + verb))
        assert answer.status_code == 404

    @invariant()
    def everybody_sees_their_own_as_the_model_has_it(self) -> None:
        for user, jobs in self.model.items():
            if jobs:
                items = self.run(self.visitors[user].get("/v1/jobs?limit=200")).json()["items"]
                assert [(item["id"], item["status"], item["version"]) for item in items] == [
                    (id, job.status, len(job.statuses)) for id, job in sorted(jobs.items(), reverse=True)
                ]


@pytest.mark.parametrize("kind", ["memory", "production"])
def test_the_api_behaves_as_its_model(kind: str, request: pytest.FixtureRequest) -> None:
    chosen: Settings = request.getfixturevalue(kind)
    effort = settings(
        max_examples=15 if kind == "memory" else 4,
        stateful_step_count=30,
        suppress_health_check=list(HealthCheck),
        deadline=None,
    )
    machine = type(
        "Machine",
        (ApiBesideModel,),
        {"open_service": staticmethod(lambda: serving(chosen, slots=0))},
    )
    run_state_machine_as_test(machine, settings=effort)
