"""What a child says arrives in any pieces, and is heard as it was said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.adapters.sandbox.frames import cut_off, to_frame

MESSAGES = st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=20), max_size=3))


@given(MESSAGES, st.integers(1, 50))
def test_messages_are_the_same_in_whatever_pieces_they_arrive(
    messages: list[dict[str, object]], size: int
) -> None:
    sent, arrived, heard = b"".join(map(to_frame, messages)), bytearray(), list[dict[str, object]]()
    for start in range(0, len(sent), size):
        arrived += sent[start : start + size]
        heard += cut_off(arrived)
    assert heard == messages
    assert not arrived


@pytest.mark.parametrize("nonsense", [b"\xff" * 8, to_frame({})[:4] + b"[]", to_frame({})[:4] + b"{]"])
def test_what_was_said_before_nonsense_is_heard_and_nothing_after_it(nonsense: bytes) -> None:
    arrived, heard = bytearray(to_frame({"next": "a"}) + nonsense + to_frame({"next": "b"})), list[object]()
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever its words
            heard.extend(cut_off(arrived))
    assert heard == [{"next": "a"}]
