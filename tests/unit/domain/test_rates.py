"""Rates as they are written, and delays that grow."""

import pytest

from jobproc.domain.rates import FREE_FAILURES, LONGEST_DELAY_SECONDS, Rate, Standing, delay_after


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1/second", Rate(1, 1)),
        ("20/minute", Rate(20, 60)),
        ("600/hour", Rate(600, 3600)),
        ("999999999/day", Rate(999_999_999, 86_400)),
        ("off", None),
    ],
)
def test_a_rate_is_a_number_and_a_time(text: str, rate: Rate | None) -> None:
    assert Rate.parse(text) == rate


@pytest.mark.parametrize(
    "text", ["", "0/minute", "-1/minute", "1", "1/", "1/week", "1 / minute", "OFF", "1e3/minute", "٣/minute"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^use a number and a time, such as 600/minute, or off$"):
        Rate.parse(text)


def test_the_share_of_a_process_is_never_nothing() -> None:
    assert Rate(10, 60).shared_by(3) == Rate(3, 60)
    assert Rate(1, 60).shared_by(8) == Rate(1, 60)


def test_the_last_request_of_a_limit_is_allowed_and_the_next_is_not() -> None:
    last, next_ = Standing(Rate(2, 60), 2, 5), Standing(Rate(2, 60), 3, 5)
    assert (last.is_allowed, last.remaining) == (True, 0)
    assert (next_.is_allowed, next_.remaining) == (False, 0)


def test_delays_double_up_to_a_minute_and_never_fall() -> None:
    delays = [delay_after(failures) for failures in range(10_000)]
    assert delays[:FREE_FAILURES] == [0] * FREE_FAILURES
    assert delays[FREE_FAILURES : FREE_FAILURES + 8] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert delays == sorted(delays)
    assert delays[-1] == LONGEST_DELAY_SECONDS
