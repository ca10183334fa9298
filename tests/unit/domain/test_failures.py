"""An exception tells its user what it can, and nothing of the server."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.domain.failures import failure_of, safe_message
from jobproc.domain.jobs import ErrorCode


class Mute(Exception):
    def __init__(self, reason: type[BaseException]) -> None:
        super().__init__()
        self.reason = reason

    def __str__(self) -> str:
        raise self.reason


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
        ("No such file: '/srv/my app/the data/in.csv'", "No such file: 'in.csv'"),
        ('No such file: "/srv/it\'s here/in.csv"', 'No such file: "in.csv"'),
        ("cannot open file:///srv/app/in.csv", "cannot open in.csv"),
        ("'/srv/a' and '/srv/b'", "'a' and 'b'"),
    ],
)
def test_folders_of_the_server_are_left_out(message: str, shown: str) -> None:
    assert safe_message(ValueError(message)) == shown


@pytest.mark.parametrize("reason", [LookupError, RecursionError, SystemExit])
def test_an_exception_that_cannot_tell_its_message_has_none(reason: type[BaseException]) -> None:
    assert failure_of(Mute(reason)).message == ""


def test_a_file_that_is_not_there_is_named_without_its_place(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        (tmp_path / "my data" / "in.csv").read_text()
    assert safe_message(missing.value) == "[Errno 2] No such file or directory: 'in.csv'"


@given(st.text(st.characters(exclude_categories=())))
def test_every_message_can_be_stored(text: str) -> None:
    message = safe_message(ValueError(text))
    assert "\0" not in message
    assert message.encode().decode() == message


def test_a_long_message_is_cut() -> None:
    assert len(safe_message(ValueError("x" * 10_000_000))) == 1000
