"""An exception tells its user what it can, and nothing of the server."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.domain.failures import failure_of, safe_message
from jobproc.domain.jobs import ErrorCode


class Mute(Exception):
    def __str__(self) -> str:
        raise LookupError


def test_the_name_and_the_message_are_told() -> None:
    error = failure_of(ValueError("boom"))
    assert (error.code, error.type, error.message) == (ErrorCode.OPERATION_FAILED, "ValueError", "boom")


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("[Errno 2] No such file: '/srv/app/data/in.csv'", "[Errno 2] No such file: 'in.csv'"),
        ("/srv/app/main.py:12: bad", "main.py:12: bad"),
        ("see https://example.org/a/b/c", "see https://example.org/a/b/c"),
        ("1/2/3 and a/b/c", "1/2/3 and a/b/c"),
        ("and/or /", "and/or /"),
    ],
)
def test_folders_of_the_server_are_left_out(message: str, shown: str) -> None:
    assert safe_message(ValueError(message)) == shown


def test_an_exception_that_cannot_tell_its_message_has_none() -> None:
    assert failure_of(Mute()).message == ""


@given(st.text(st.characters(exclude_categories=())))
def test_every_message_can_be_stored(text: str) -> None:
    message = safe_message(ValueError(text))
    assert "\0" not in message
    assert message.encode().decode() == message


def test_a_long_message_is_cut() -> None:
    assert len(safe_message(ValueError("x" * 10_000_000))) == 1000
