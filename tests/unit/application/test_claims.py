"""What a worker knows of its claims, and how many it takes at once."""

import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.application.claims import Claim, Claims
from jobproc.application.run_times import (
    BUDGET_CHARACTERS,
    BUDGET_SECONDS,
    FIRST_LOOK,
    LONGEST_LOOK,
    SHORTEST_LOOK,
    RunTimes,
)
from jobproc.domain.jobs import Job, Progress
from tests.unit.domain.jobs import LEASE, NOW, WORKER, started, submitted

OPERATIONS = ("a", "b", "c")
SECONDS = st.floats(0, 10)


def due(*operations: str) -> Sequence[Job]:
    return [submitted(operation=operation) for operation in operations]


@given(st.lists(st.tuples(st.sampled_from(OPERATIONS), SECONDS)), st.lists(st.sampled_from(OPERATIONS)))
def test_what_is_worth_a_claim_is_the_first_of_what_is_due_and_one_at_least(
    seen: list[tuple[str, float]], operations: list[str]
) -> None:
    times = RunTimes()
    for each in seen:
        times.learn(*each)
    jobs = due(*operations)
    taken = times.worth(jobs)
    assert taken == jobs[: len(taken)]
    assert len(taken) >= min(1, len(jobs))
    expected = [times.seconds.get(job.operation, BUDGET_SECONDS) for job in taken]
    assert len(taken) < 2 or sum(expected) <= BUDGET_SECONDS + 1e-9


def test_long_jobs_never_share_a_claim_and_short_ones_do() -> None:
    times = RunTimes({"long": 2.0, "short": 0.001})
    assert len(times.worth(due("long", "long", "short"))) == 1
    assert len(times.worth(due(*["short"] * 64))) > 40
    assert len(times.worth(due("short", "short", "long", "short"))) == 2
    assert len(RunTimes({"half": BUDGET_SECONDS / 2}).worth(due("half", "half", "half"))) == 2


def test_large_jobs_share_a_claim_up_to_a_size_together() -> None:
    times = RunTimes({"a": 0.0})
    half, whole = (
        submitted(operation="a", data="1" * size) for size in (BUDGET_CHARACTERS // 2, BUDGET_CHARACTERS)
    )
    assert len(times.worth([half, half, half])) == 2
    assert len(times.worth([whole, half])) == 1
    assert len(times.worth([submitted(operation="a", data="1" * (BUDGET_CHARACTERS + 1)), half])) == 1


def test_a_look_reaches_further_while_all_of_it_is_taken_and_less_far_once_much_is_left() -> None:
    times, looks = RunTimes({"short": 0.0, "long": 1.0}), list[int]()
    for operation in ("short", "short", "short", "long", "long", "short", "short", "short"):
        times.worth(due(*[operation] * times.look))
        looks.append(times.look)
    assert looks == [256, 256, 256, 8, 8, 32, 128, 256]
    times.learn("short", BUDGET_SECONDS / 50.5)
    assert len(times.worth(due(*["short"] * 256))) == 50
    assert times.look == 128


def test_a_look_that_finds_little_says_nothing_about_the_next_one() -> None:
    times = RunTimes({"short": 0.0})
    for number in (0, 1, FIRST_LOOK - 1):
        times.worth(due(*["short"] * number))
        assert times.look == FIRST_LOOK


@given(st.lists(st.tuples(st.integers(0, 600), SECONDS)))
def test_a_look_is_one_of_few_sizes(claims: list[tuple[int, float]]) -> None:
    times, job = RunTimes(), submitted(operation="a")
    for number, seconds in claims:
        times.worth([job] * min(number, times.look))
        times.learn("a", seconds)
        assert SHORTEST_LOOK <= times.look <= LONGEST_LOOK
        assert times.look.bit_count() == 1


@given(st.floats(0.001, 10), st.floats(0, 0.99))
def test_a_run_time_rises_at_once_and_falls_slowly(seconds: float, share: float) -> None:
    times = RunTimes({"a": seconds * share})
    times.learn("a", seconds)
    assert times.seconds["a"] == seconds
    times.learn("a", seconds * share)
    assert seconds * 0.94 < times.seconds["a"] < seconds


@given(st.floats(0.001, BUDGET_SECONDS), st.integers(1, 256))
def test_what_is_heard_in_a_heap_is_shared_by_all_that_are_in_it(seconds: float, number: int) -> None:
    times = RunTimes()
    times.learn("a", seconds, *[0.0] * (number - 1))
    assert times.seconds["a"] == pytest.approx(seconds / number)


@given(SECONDS, SECONDS, st.integers(1, 256))
def test_a_turn_of_equal_attempts_tells_as_much_as_a_turn_for_each(
    known: float, now: float, number: int
) -> None:
    together, one_by_one = RunTimes({"a": known}), RunTimes({"a": known})
    together.learn("a", *[now] * number)
    for _ in range(number):
        one_by_one.learn("a", now)
    assert together.seconds["a"] == pytest.approx(one_by_one.seconds["a"])


def test_one_attempt_that_is_worth_a_claim_of_its_own_counts_at_once_among_many_short_ones() -> None:
    times = RunTimes()
    times.learn("a", *[0.00001] * 255, 2.0)
    assert len(times.worth(due("a", "a"))) == 1


def test_a_claim_is_settled_once_and_by_its_own_version_only() -> None:
    claims, job = Claims(LEASE), started()
    claims.add([job], time.monotonic())
    another = job.give_back(NOW).start(WORKER, NOW, LEASE)
    assert claims.take(another) is None
    assert claims.take(job)
    assert claims.take(job) is None


def test_a_claim_knows_the_stores_time_by_the_time_since() -> None:
    job, now = started(), time.monotonic()
    seconds = (Claim(job, now - 60, now - 60).now() - job.changed_at).total_seconds()
    assert 60 <= seconds < 90


@pytest.mark.parametrize(("lease", "held", "lapsed"), [(4, 2.5, 3.1), (20, 17.5, 18.1)])
def test_a_claim_lapses_a_quarter_of_its_lease_ahead_but_two_seconds_at_most(
    lease: float, held: float, lapsed: float
) -> None:
    claims, job = Claims(timedelta(seconds=lease)), started()
    claims.add([job], time.monotonic() - held)
    assert not claims.lapsed()
    claims.add([job], time.monotonic() - lapsed)
    assert claims.lapsed() == [job]


def test_a_claim_that_nothing_renews_lapses_before_a_sweeper_may_act() -> None:
    claims, job = Claims(timedelta(seconds=8)), started()
    now = time.monotonic()
    claims.add([job], now - 5)
    assert not claims.lapsed()
    claims.add([job], now - 7)
    assert claims.lapsed() == [job]
    claims.renewed([job.id, UUID(int=9)], now)
    assert not claims.lapsed()


def test_progress_is_reported_once_and_of_held_claims_only() -> None:
    claims, job = Claims(LEASE), started()
    claims.report(job, Progress(1))
    assert not claims.to_report()
    claims.add([job], time.monotonic())
    claims.report(job, Progress(2))
    claims.report(job, Progress(3))
    assert [each.progress for each in claims.to_report()] == [Progress(3)]
    assert not claims.to_report()
    claims.report(job, Progress(4))
    claims.take(job)
    assert not claims.to_report()


def test_what_an_earlier_attempt_said_is_not_reported_of_the_next() -> None:
    claims, job = Claims(LEASE), started()
    claims.add([job], time.monotonic())
    claims.report(job, Progress(1))
    claims.take(job)
    claims.add([job.give_back(NOW).start(WORKER, NOW, LEASE)], time.monotonic())
    assert not claims.to_report()
