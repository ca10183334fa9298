"""Packed words answer as the dictionary does that they were made of."""

from hypothesis import given
from hypothesis import strategies as st

from jobproc.adapters.security.words import RankedWords


@given(
    ranks=st.dictionaries(st.text(min_size=1), st.integers(1, 65_535)), others=st.lists(st.text(min_size=1))
)
def test_every_word_is_there_with_its_rank_and_nothing_else_is(
    ranks: dict[str, int], others: list[str]
) -> None:
    packed = RankedWords(ranks)
    assert {word: packed[word] for word in ranks if word in packed} == ranks
    assert [word for word in others if word in packed] == [word for word in others if word in ranks]
