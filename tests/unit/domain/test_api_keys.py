"""A key is a text that its user keeps, good from when it is made until it is over."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from jobproc.domain.api_keys import ApiKey, hash_of, key_text
from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.scopes import Scope
from tests.unit.domain.jobs import LATER, NOW

TICK = timedelta(microseconds=1)
KEY = ApiKey(UUID(int=1), UUID(int=2), "script", frozenset({Scope.READ}), b"", NOW)


@pytest.mark.parametrize(
    ("secret", "text"), [(bytes(32), "jp_" + "A" * 43), (b"\xff" * 32, "jp_" + "_" * 42 + "8")]
)
def test_a_key_is_of_characters_that_need_no_quoting_anywhere(secret: bytes, text: str) -> None:
    assert key_text(secret) == text


def test_whatever_text_is_sent_as_a_key_has_a_hash() -> None:
    assert len(hash_of("\ud800")) == 32


def test_a_key_is_good_until_the_moment_of_its_end() -> None:
    assert KEY.is_good(LATER)
    ending = replace(KEY, expires_at=LATER)
    assert ending.is_good(LATER - TICK)
    assert not ending.is_good(LATER)


@pytest.mark.parametrize("end", [NOW, NOW - TICK])
def test_a_key_that_nobody_could_use_is_refused_with_what_to_do_instead(end: datetime) -> None:
    assert replace(KEY, expires_at=NOW + TICK).is_good(NOW)
    with pytest.raises(InvalidInput) as refusal:
        replace(KEY, expires_at=end)
    assert refusal.value.detail == "The key would be over already."
    assert refusal.value.faults == (Fault("/expires_at", "past", "Name a time in the future, or none."),)
