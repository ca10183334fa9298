"""What passes is not the user's concern; what stays is told in time."""

from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from jobproc.client.blocking.running import run
from jobproc.client.core import accounts, jobs
from jobproc.client.core.calls import Answer
from jobproc.client.core.patience import LONGEST_PAUSE
from jobproc.client.core.session import Session
from jobproc.client.core.wire import NoAnswer
from jobproc.client.errors import Conflict, InvalidInput, TooMany, Unavailable
from jobproc.client.views import JobView
from tests.unit.client.fake import ID, FakeWire, answer, job, problem, routes, session, turns

Act = Callable[[Session, str], Coroutine[Any, Any, JobView]]
LOST = NoAnswer("the connection broke")
DONE = answer(200, job("SUCCESS"))


@pytest.mark.parametrize(
    "trouble",
    [
        LOST,
        problem(408, "too-slow"),
        answer(502),
        problem(503, "unavailable"),
        answer(504),
        problem(429, "too-many-requests"),
    ],
)
def test_passing_trouble_is_hidden(trouble: Answer | Exception) -> None:
    wire = FakeWire(turns(trouble, trouble, DONE))
    assert run(jobs.get(session(wire), ID)).result == 14
    assert len(wire.calls) == 3


@pytest.mark.parametrize("status", [400, 403, 404, 409, 413, 422, 500])
def test_a_refusal_is_told_at_once(status: int) -> None:
    wire = FakeWire(turns(problem(status, "some-code")))
    with pytest.raises(Exception, match="about some-code"):
        run(jobs.get(session(wire), ID))
    assert len(wire.calls) == 1


def test_a_repeated_submission_has_the_same_key_and_a_new_one_another() -> None:
    wire = FakeWire(turns(LOST, answer(503), answer(202, job())))
    somebody = session(wire)
    run(jobs.submit(somebody, "square_sum", [1], {}))
    run(jobs.submit(somebody, "square_sum", [1], {}))
    first, *again, other = [call.headers["Idempotency-Key"] for call in wire.calls]
    assert set(again) == {first}
    assert other != first


def test_no_pause_is_shorter_than_the_service_asks_for() -> None:
    wire = FakeWire(turns(*[problem(429, "too-many-requests", retry_after="7")] * 3, DONE))
    run(jobs.get(session(wire), ID))
    assert len(wire.sleeps) == 3
    assert min(wire.sleeps) >= 7


def test_pauses_are_random_and_bounded() -> None:
    wire = FakeWire(turns(*[LOST] * 20, DONE))
    run(jobs.get(session(wire, patience=1000), ID))
    assert len(set(wire.sleeps)) == 20
    assert max(wire.sleeps) <= LONGEST_PAUSE


def test_patience_ends_with_the_last_trouble() -> None:
    wire = FakeWire(turns(LOST))
    with pytest.raises(Unavailable, match="the connection broke"):
        run(jobs.get(session(wire, patience=30), ID))
    assert 15 < wire.time <= 30


def test_a_pause_that_is_longer_than_patience_is_not_begun() -> None:
    wire = FakeWire(turns(problem(429, "too-many-requests", retry_after="3600")))
    with pytest.raises(TooMany) as caught:
        run(jobs.get(session(wire), ID))
    assert caught.value.retry_after == 3600
    assert wire.sleeps == []


@pytest.mark.parametrize(
    ("act", "path", "after"),
    [
        (jobs.cancel, "cancel", "CANCELLED"),
        (jobs.retry, "retry", "PENDING"),
        (jobs.retry, "retry", "SUCCESS"),
    ],
)
def test_an_action_whose_answer_was_lost_is_done(act: Act, path: str, after: str) -> None:
    refused = problem(409, "illegal-transition")
    wire = FakeWire(
        routes(
            {f"/v1/jobs/{ID}/{path}": turns(LOST, refused), f"/v1/jobs/{ID}": turns(answer(200, job(after)))}
        )
    )
    assert run(act(session(wire), ID)).status == after


def test_an_action_that_was_refused_the_first_time_is_refused() -> None:
    wire = FakeWire(turns(problem(409, "illegal-transition")))
    with pytest.raises(Conflict):
        run(jobs.cancel(session(wire), ID))


def test_an_action_of_somebody_else_in_between_is_no_success() -> None:
    refused = turns(LOST, problem(409, "illegal-transition"))
    wire = FakeWire(routes({f"/v1/jobs/{ID}/cancel": refused, f"/v1/jobs/{ID}": turns(DONE)}))
    with pytest.raises(Conflict):
        run(jobs.cancel(session(wire), ID))


def test_an_erasure_whose_answer_was_lost_is_done() -> None:
    run(jobs.erase(session(FakeWire(turns(LOST, problem(404, "not-found")))), ID))


def test_a_registration_whose_answer_was_lost_is_done() -> None:
    welcome = {
        "user": {"id": ID, "username": "ada", "created_at": job()["created_at"]},
        "access_token": "new",
    }
    wire = FakeWire(
        routes(
            {
                "/v1/auth/register": turns(LOST, problem(409, "username-taken")),
                "/v1/auth/login": turns(answer(200, welcome)),
            }
        )
    )
    assert run(accounts.register(session(wire), "ada", "correct-horse-9")).username == "ada"


@pytest.mark.parametrize("id", ["", "../me", "a/b", "a?b", "ä", "."])
def test_what_is_no_id_leads_nowhere(id: str) -> None:
    wire = FakeWire(turns(DONE))
    with pytest.raises(InvalidInput):
        run(jobs.get(session(wire), id))
    assert wire.calls == []
