"""A stream goes on where it broke off, until the job is final."""

import json

import pytest

from jobproc.client.blocking.running import iterate, run
from jobproc.client.core import jobs
from jobproc.client.core.calls import Answer, Call
from jobproc.client.core.session import Tokens
from jobproc.client.core.wire import NoAnswer, ServerSentEvent
from jobproc.client.errors import NotAuthenticated, NotFound, StillRunning, Unavailable
from jobproc.client.views import Event, ProgressEvent, Reset, StatusEvent
from tests.unit.client.fake import ID, FakeWire, Opened, answer, job, problem, session, status_event, turns

BROKEN = NoAnswer("the connection broke")
PROGRESS = {"job_id": ID, "version": 2, "done": 3, "total": 10, "message": "chunk 3"}


def told(events: list[Event]) -> list[str]:
    return [event.step.status for event in events if isinstance(event, StatusEvent)]


def test_a_broken_stream_goes_on_after_the_last_event_that_was_seen() -> None:
    wire = FakeWire(
        streams=[
            [status_event("PENDING", 1), status_event("IN_PROGRESS", 2), BROKEN],
            [BROKEN],
            [status_event("SUCCESS", 3)],
        ]
    )
    assert told(list(iterate(jobs.follow(session(wire), ID)))) == ["PENDING", "IN_PROGRESS", "SUCCESS"]
    assert [call.headers.get("Last-Event-ID") for call in wire.calls] == [None, "2", "2"]


def test_a_stream_that_ends_before_the_job_does_is_opened_again() -> None:
    wire = FakeWire(streams=[[status_event("PENDING", 1)], [status_event("CANCELLED", 2)]])
    assert told(list(iterate(jobs.follow(session(wire), ID)))) == ["PENDING", "CANCELLED"]


def test_a_failure_before_a_retry_is_not_the_end() -> None:
    old = status_event("FAILED", 3, now=5)
    wire = FakeWire(streams=[[old, status_event("PENDING", 4, now=5)], [status_event("SUCCESS", 6)]])
    assert told(list(iterate(jobs.follow(session(wire), ID)))) == ["FAILED", "PENDING", "SUCCESS"]


def test_progress_and_unknown_events_are_read_as_what_they_are() -> None:
    progress = ServerSentEvent("progress", "", json.dumps(PROGRESS))
    unknown = ServerSentEvent("news", "", "{}")
    wire = FakeWire(streams=[[progress, unknown, status_event("SUCCESS", 3)]])
    first, last = iterate(jobs.follow(session(wire), ID))
    assert isinstance(first, ProgressEvent)
    assert (first.progress.done, first.progress.total, first.progress.message) == (3, 10, "chunk 3")
    assert isinstance(last, StatusEvent)


def test_the_stream_of_all_jobs_says_at_once_and_when_something_may_be_missed() -> None:
    wire = FakeWire(streams=[[ServerSentEvent("reset", "c7", "{}"), BROKEN], [status_event("SUCCESS", 3)]])
    events = iterate(jobs.follow_all(session(wire)))
    assert [next(events), next(events)] == [Reset(), Reset()]
    assert isinstance(next(events), StatusEvent)
    assert wire.calls[-1].headers["Last-Event-ID"] == "c7"


def test_a_stream_that_is_refused_is_told_or_tried_again() -> None:
    wire = FakeWire(streams=[[problem(503, "unavailable", retry_after="2")], [status_event("SUCCESS", 3)]])
    assert told(list(iterate(jobs.follow(session(wire), ID)))) == ["SUCCESS"]
    assert wire.sleeps[0] >= 2
    with pytest.raises(NotFound):
        list(iterate(jobs.follow(session(FakeWire(streams=[[problem(404, "not-found")]])), ID)))


def test_a_stream_outlives_its_access_token() -> None:
    pair = {"access_token": "new", "refresh_token": "newer"}
    refused = problem(401, "not-authenticated")
    wire = FakeWire(turns(answer(200, pair)), streams=[[refused], [status_event("SUCCESS", 3)]])
    assert told(list(iterate(jobs.follow(session(wire, Tokens("old", "once")), ID)))) == ["SUCCESS"]
    assert wire.calls[-1].headers["Authorization"] == "Bearer new"
    wire = FakeWire(streams=[[refused]])
    with pytest.raises(NotAuthenticated):
        list(iterate(jobs.follow(session(wire, Tokens("jp_key")), ID)))
    assert wire.sleeps == []


def test_a_renewed_token_is_used_at_once() -> None:
    """It may end soon: after a pause it could be refused again, and again."""
    opened: list[Opened] = [[problem(401, "not-authenticated")] for _ in range(4)]
    wire = FakeWire(streams=[*opened, [status_event("SUCCESS", 3)]])
    slept = []

    def renewed(_: Call) -> Answer:
        slept.append(list(wire.sleeps))
        return answer(200, {"access_token": f"new-{len(slept)}", "refresh_token": "newer"})

    wire.handle = renewed
    assert told(list(iterate(jobs.follow(session(wire, Tokens("old", "once")), ID)))) == ["SUCCESS"]
    assert [len(each) for each in slept] == [1, 2, 3, 4]
    assert slept[-1] == wire.sleeps


@pytest.mark.parametrize("end", [[], [BROKEN], [BROKEN, problem(401, "not-authenticated")]])
def test_a_stream_that_was_silent_for_long_is_opened_again(end: Opened) -> None:
    """Patience begins with the trouble, not with the last event before it."""
    pair = {"access_token": "new", "refresh_token": "newer"}
    quiet: Opened = [status_event("PENDING", 1), 3600.0, *end[:1]]
    wire = FakeWire(
        turns(answer(200, pair)), streams=[quiet, *([each] for each in end[1:]), [status_event("SUCCESS", 3)]]
    )
    assert told(list(iterate(jobs.follow(session(wire, Tokens("old", "once")), ID)))) == [
        "PENDING",
        "SUCCESS",
    ]


def test_a_service_that_stays_away_is_told_when_patience_ends() -> None:
    away: list[Opened] = [[answer(503)] for _ in range(200)]
    wire = FakeWire(streams=[[status_event("PENDING", 1), BROKEN], *away])
    events = iterate(jobs.follow(session(wire, patience=20), ID))
    next(events)
    with pytest.raises(Unavailable):
        next(events)
    assert 10 < wire.time <= 20


def test_waiting_asks_the_service_to_wait_and_ends_in_time() -> None:
    wire = FakeWire(turns(answer(200, job("IN_PROGRESS")), answer(200, job("SUCCESS"))))
    assert run(jobs.wait(session(wire), ID, None)).result == 14
    assert [call.sent()["Prefer"] for call in wire.calls] == ["wait=25", "wait=25"]
    wire = FakeWire(turns(answer(200, job("IN_PROGRESS"))))
    with pytest.raises(StillRunning, match="not done after 3 s"):
        run(jobs.wait(session(wire), ID, 3))
    assert 2.5 < wire.time < 4
    with pytest.raises(TimeoutError):
        run(jobs.wait(session(wire), ID, 0))
    assert "Prefer" not in wire.calls[-1].sent()
