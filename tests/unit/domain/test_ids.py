"""Ids sort by the time at which they were made."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from jobproc.domain.ids import LAST_ID, RANDOM_BITS, first_id_after, first_id_at, following, id_at

TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
moments = st.integers(0, 2**54).map(lambda microseconds: EPOCH + microseconds * TICK)
chances = st.integers(0, 2**RANDOM_BITS - 1)


@given(moments, chances, chances)
def test_an_id_is_above_all_ids_of_an_earlier_microsecond(moment: datetime, one: int, other: int) -> None:
    assert first_id_at(moment) <= id_at(moment, one) < id_at(moment + TICK, other) < LAST_ID


@given(moments, chances)
def test_the_first_id_of_a_moment_is_above_all_ids_of_an_earlier_millisecond(
    moment: datetime, chance: int
) -> None:
    assert id_at(moment, chance) < first_id_at(moment + timedelta(milliseconds=1))


@given(moments, chances)
def test_the_first_id_after_a_moment_lies_between_its_millisecond_and_the_next(
    moment: datetime, chance: int
) -> None:
    assert id_at(moment, chance) < first_id_after(moment) <= first_id_at(moment + timedelta(milliseconds=1))


@given(moments, chances)
def test_ids_of_one_moment_follow_each_other_until_they_begin_anew(moment: datetime, chance: int) -> None:
    made = id_at(moment, chance)
    assert nth_after(made, 5) == id_at(moment, (chance + 5) % 2**RANDOM_BITS)


@given(moments, chances)
def test_an_id_is_a_uuid_of_version_7(moment: datetime, chance: int) -> None:
    for made in (id_at(moment, chance), first_id_at(moment)):
        assert (made.version, made.variant) == (7, RFC_4122)


def test_an_id_holds_the_milliseconds_the_fraction_and_the_chance() -> None:
    moment = EPOCH + timedelta(seconds=1, milliseconds=2, microseconds=999)
    assert id_at(moment, 5) == UUID("00000000-03ea-7ffb-8000-000000000005")
    assert first_id_at(moment) == UUID("00000000-03ea-7000-8000-000000000000")


def test_the_first_id_before_all_time_is_the_lowest() -> None:
    assert first_id_at(datetime(1, 1, 1, tzinfo=UTC)) == first_id_at(EPOCH)


@given(moments, st.integers(0, 2**RANDOM_BITS - 10_001), st.integers(1, 10_000))
def test_the_ids_that_follow_one_sort_after_it_in_their_order(
    moment: datetime, chance: int, places: int
) -> None:
    assert nth_after(id_at(moment, chance), places) == id_at(moment, chance + places)


def test_an_id_that_follows_the_last_of_its_moment_is_still_of_that_moment() -> None:
    last = id_at(EPOCH, 2**RANDOM_BITS - 1)
    assert nth_after(last, 1) == id_at(EPOCH, 0)


def nth_after(id: UUID, number: int) -> UUID:
    return next(islice(following(id), number - 1, None))
