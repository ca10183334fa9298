"""Windows, their steps, and what lies between the values."""

from datetime import UTC, datetime, timedelta

import pytest

from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.jobs import JobStatus
from jobproc.domain.stats import LARGEST_SAMPLE, Bucket, Spread, Stats, Window, spread_of

NOON = datetime(2026, 1, 31, 12, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "length", "step"),
    [
        ("1m", timedelta(minutes=1), timedelta(minutes=1)),
        ("15m", timedelta(minutes=15), timedelta(minutes=1)),
        ("2h", timedelta(hours=2), timedelta(minutes=5)),
        ("24h", timedelta(days=1), timedelta(hours=1)),
        ("7d", timedelta(days=7), timedelta(hours=6)),
        ("30d", timedelta(days=30), timedelta(days=1)),
        ("99d", timedelta(days=99), timedelta(days=7)),
    ],
)
def test_a_window_is_shown_in_at_most_thirty_steps(text: str, length: timedelta, step: timedelta) -> None:
    window = Window.parse(text)
    assert (window.length, window.step) == (length, step)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "h",
        "0h",
        "-1h",
        "1w",
        "1.5h",
        "24",
        "100d",
        "10000m",
        "1000h",
        "1H",
        " 1h",
        "1h\n",
        "１h",
    ],
)
def test_what_is_no_window_is_refused_with_the_form_of_one(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Window.parse(text)
    detail = "Give minutes, hours or days, such as 15m, 24h or 7d; at most 9999m, 999h or 99d."
    assert refused.value.detail == detail
    assert refused.value.faults == (Fault("/window", "window", detail),)


def test_gaps_are_filled_from_the_start_of_the_window_to_now() -> None:
    window = Window.parse("15m")
    bucket = Bucket(NOON.replace(minute=5, second=0), {JobStatus.FAILED: 2})
    stats = Stats({}, [bucket], Spread(), Spread(), 2).without_gaps(window, NOON)
    assert [each.at.minute for each in stats.finished] == [*range(52, 60), *range(8)]
    assert bucket in stats.finished
    assert sum(len(each.counts) for each in stats.finished) == 1


def test_what_was_not_looked_at_is_not_told_as_nothing() -> None:
    first = Bucket(NOON.replace(minute=5, second=0), {JobStatus.SUCCESS: LARGEST_SAMPLE})
    stats = Stats({}, [first], Spread(), Spread(), LARGEST_SAMPLE).without_gaps(Window.parse("15m"), NOON)
    assert [each.at.minute for each in stats.finished] == [5, 6, 7]


def test_percentiles_lie_between_the_values() -> None:
    assert spread_of([]) == Spread()
    assert spread_of([timedelta(seconds=3)]) == Spread(3, 3)
    spread = spread_of(timedelta(seconds=each) for each in (40, 10, 20))
    assert (spread.p50, spread.p95) == pytest.approx((20, 38))
    spread = spread_of(timedelta(seconds=each) for each in (80, 40, 10, 20))
    assert (spread.p50, spread.p95) == pytest.approx((30, 74))
