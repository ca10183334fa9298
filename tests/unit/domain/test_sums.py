"""The built-in sums are exact at any size."""

from hypothesis import given
from hypothesis import strategies as st

from jobproc.domain.sums import cube_sum, square_sum


@given(st.lists(st.integers()))
def test_sums_are_exact(data: list[int]) -> None:
    assert square_sum(data) == sum(number**2 for number in data)
    assert cube_sum(data) == sum(number**3 for number in data)


def test_the_sum_of_nothing_is_nothing() -> None:
    assert square_sum([]) == cube_sum([]) == 0


def test_sums_do_not_stop_at_a_machine_word() -> None:
    assert square_sum([10**500, 1]) == 10**1000 + 1
    assert cube_sum([-(10**300)]) == -(10**900)
