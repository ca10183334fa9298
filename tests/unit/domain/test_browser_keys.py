"""The key of a browser: one text each, which opens and never shows."""

from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobproc.domain.browser_keys import BrowserKey
from jobproc.domain.errors import NotAuthenticated

KEY = BrowserKey(UUID(int=1), b"secret-" * 4 + b"1234")


@settings(max_examples=50)
@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_a_key_reads_back_as_it_was(id: UUID, secret: bytes) -> None:
    made = BrowserKey(id, secret)
    assert BrowserKey.parse(made.text) == made


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "é" * 64,
        "x" * 100_000,
        f"{KEY.text}=",
        f"{KEY.text}!",
        f"\n{KEY.text}",
        urlsafe_b64encode(b"x" * 47).rstrip(b"=").decode(),
        urlsafe_b64encode(b"x" * 49).rstrip(b"=").decode(),
    ],
)
def test_whatever_else_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"^Sign in to see this page\.$"):
        BrowserKey.parse(text)


def test_a_key_never_shows_its_secret() -> None:
    assert repr(KEY) == "BrowserKey(session_id=00000000-0000-0000-0000-000000000001)"
