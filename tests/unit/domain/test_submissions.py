"""What was asked for is what the job has."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from jobproc.domain.errors import InvalidInput
from jobproc.domain.submissions import Submission, submit
from tests.unit.domain.jobs import LATER, NOW, submitted

YEAR = timedelta(days=365)


def test_a_job_is_dated_by_its_submission() -> None:
    assert submitted(delay_seconds=10).created_at == NOW


def test_no_delay_is_now() -> None:
    assert submitted(delay_seconds=0).run_at == NOW


def test_a_job_goes_on_with_the_trace_of_its_request() -> None:
    assert submitted(traceparent="00-ab-cd-01").traceparent == "00-ab-cd-01"


def test_only_a_job_with_a_key_keeps_what_its_request_asked_for() -> None:
    assert (submitted().idempotency_key, submitted().fingerprint) == (None, None)
    job = submitted(idempotency_key="k", request_id="r-1")
    assert (job.idempotency_key, job.request_id) == ("k", "r-1")
    assert job.fingerprint == submitted(idempotency_key="k", request_id="r-2").fingerprint
    assert job.fingerprint != submitted(idempotency_key="k", priority=1).fingerprint


def test_what_was_asked_for_under_an_earlier_version_is_still_the_same() -> None:
    asked = Submission(operation="add", data="[1, 2]", priority=3, run_at=LATER, tags=("a",))
    known = "b77ef9bd701f71113c9fdb23f48e635d0f4bea48c94752ced0612180a6505a60"
    assert asked.fingerprint == known
    assert asked._replace(idempotency_key="k", request_id="r", traceparent="t").fingerprint == known


def test_the_same_with_other_data_differs_in_nothing_else() -> None:
    asked = Submission(operation="add", data="[1]", priority=3, tags=("a",), request_id="r", traceparent="t")
    assert asked.with_data("[2]") == asked._replace(data="[2]")
    assert asked.is_like(asked.with_data("[2]"))


@pytest.mark.parametrize("name", [name for name in Submission._fields if name != "data"])
def test_submissions_are_alike_in_all_but_their_data(name: str) -> None:
    asked = Submission(operation="add", data="[1]")
    assert not asked.is_like(asked._replace(**{name: "other"}))  # type: ignore[arg-type]
    assert not asked._replace(**{name: "other"}).is_like(asked)  # type: ignore[arg-type]


def test_a_key_belongs_to_one_submission_alone() -> None:
    asked = Submission(operation="add", data="[1]", idempotency_key="k")
    assert not asked.is_like(asked)


def test_a_twin_is_another_job_that_differs_in_its_data() -> None:
    job = submitted(priority=3, tags=("a",), request_id="r", traceparent="t")
    assert job.twin(UUID(int=9), "[2]") == job._replace(id=UUID(int=9), data="[2]")


def test_a_wish_for_attempts_goes_before_the_default() -> None:
    wished = submit(
        Submission(operation="add", data="[]", max_attempts=7),
        id=UUID(int=1),
        owner=UUID(int=2),
        now=NOW,
        timeout_seconds=1.0,
        max_attempts=3,
        retention_seconds=60,
    )
    assert wished.max_attempts == 7


def test_a_start_may_be_a_year_ahead() -> None:
    assert submitted(run_at=NOW + YEAR).run_at == NOW + YEAR


@pytest.mark.parametrize(
    ("wish", "pointer", "detail"),
    [
        (
            {"run_at": LATER, "delay_seconds": 10},
            "/delay_seconds",
            "Give run_at or delay_seconds, not both.",
        ),
        (
            {"run_at": NOW + YEAR + timedelta(microseconds=1)},
            "/run_at",
            "Give a time at most 365 days ahead.",
        ),
    ],
)
def test_a_start_that_cannot_be_meant_is_refused(wish: dict[str, Any], pointer: str, detail: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        submitted(**wish)
    [fault] = refusal.value.faults
    assert (refusal.value.detail, fault.detail, fault.pointer, fault.code) == (
        detail,
        detail,
        pointer,
        "invalid",
    )
