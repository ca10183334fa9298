"""Counts of this process end, and take no room afterwards."""

from jobproc.application.counting import SWEEP_SECONDS, Windows
from jobproc.domain.rates import Rate


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
