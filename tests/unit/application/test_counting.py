"""Counts of this process end, and take no room afterwards."""

from jobproc.application.counting import SWEEP_SECONDS, Failures, Windows
from jobproc.domain.rates import FREE_FAILURES, Rate, Standing


def test_keys_that_never_come_again_take_no_room_for_long() -> None:
    now = [0.0]
    windows = Windows(lambda: now[0])
    for number in range(1000):
        windows.count(f"user-{number}", Rate(1, 1))
    now[0] = SWEEP_SECONDS + 1
    windows.count("ada", Rate(1, 1))
    assert len(windows) == 1


def test_what_others_have_counted_counts() -> None:
    windows = Windows(lambda: 0.0)
    windows.learn("ada", 7, 5.5)
    standing = windows.count("ada", Rate(10, 60))
    assert (standing.used, standing.seconds_left) == (8, 6)


def test_the_first_request_after_a_window_begins_the_next_one() -> None:
    now, rate = [100.0], Rate(2, 60)
    windows = Windows(lambda: now[0])
    assert windows.count("ada", rate) == Standing(rate, 1, 60)
    now[0] = 159.5
    assert windows.count("ada", rate) == Standing(rate, 2, 1)
    now[0] = 160.0
    assert windows.count("ada", rate) == Standing(rate, 1, 60)


def test_keys_are_looked_through_now_and_then_and_not_at_each_request() -> None:
    now = [100.0]
    windows = Windows(lambda: now[0])
    kept = []
    for now[0], key in ((100.0, "ada"), (105.0, "bob"), (111.0, "eve"), (121.5, "kim")):
        windows.count(key, Rate(1, 1))
        kept.append(len(windows))
    assert kept == [1, 2, 1, 1]


def test_who_guesses_waits_for_as_long_as_they_are_told() -> None:
    now = [100.0]
    failures = Failures(lambda: now[0])
    assert [failures.begin("ada") for _ in range(FREE_FAILURES + 1)] == [0] * FREE_FAILURES + [1]
    now[0] = 101.0
    assert [failures.begin("ada") for _ in range(2)] == [0, 2]


def test_a_name_of_which_nothing_is_counted_may_be_forgotten() -> None:
    failures = Failures()
    failures.forget("nobody")
    assert failures.begin("nobody") == 0
