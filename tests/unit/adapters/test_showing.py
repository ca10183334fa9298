"""Values as people read them."""

from datetime import timedelta

import pytest

from jobproc.adapters.http.ui.showing import breakable, duration, elapsed, left, ran, waited
from tests.unit.domain.jobs import BOOM, LATER, LEASE, NOW, WORKER, started, submitted


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (0.0001, "under 1 ms"),
        (0.25, "250 ms"),
        (12.34, "12.3 s"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (90_061, "1 d 1 h"),
    ],
)
def test_a_length_of_time_has_its_two_largest_units(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_a_job_waited_until_its_start_and_ran_until_its_end() -> None:
    job = submitted().start(WORKER, LATER, LEASE).succeed("14", LATER + timedelta(seconds=3))
    assert (waited(job), ran(job)) == (timedelta(seconds=10), timedelta(seconds=3))


def test_what_has_not_begun_since_it_was_last_due_has_neither_waited_nor_run() -> None:
    again = started().fail(BOOM, LATER, jitter=1, retryable=True)
    for job in (again, again.cancel(LATER), started().fail(BOOM, LATER, jitter=0).retry(LATER)):
        assert (waited(job), ran(job)) == (None, None)


def test_names_break_where_their_words_end_and_stay_text() -> None:
    assert breakable("a_<b>_c") == "a_<wbr>&lt;b&gt;_<wbr>c"


def test_what_goes_on_says_in_seconds_where_it_began_and_never_goes_backwards() -> None:
    assert 'data-left="0.0"' in left(NOW)
    assert float(elapsed(NOW).split('"')[1]) > 0
