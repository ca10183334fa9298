"""Names that look alike are one name; passwords are bytes within bounds that nobody sees."""

import re
import unicodedata
from collections.abc import Callable
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobproc.domain.errors import Fault, InvalidInput
from jobproc.domain.users import Password, User, Username, easy_to_guess
from tests.unit.domain.jobs import LATER, NOW


@pytest.mark.parametrize("raw", ["ada", "ADA", "Ada", "ａｄａ", "ᴬda"])
def test_spellings_of_one_name_are_one_name(raw: str) -> None:
    assert Username.parse(raw) == Username("ada")


@pytest.mark.parametrize(
    "raw", ["", "ab", "a" * 65, "a b c", "ada\n", "ada\0", "añb", "../x", "a/b", "\ud800abc"]
)
def test_other_names_are_refused_with_their_field(raw: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Username.parse(raw)
    assert refusal.value.faults[0].pointer == "/username"


@pytest.mark.parametrize(
    ("parse", "raw", "field", "detail"),
    [
        (Username.parse, "a b", "username", "Use 3 to 64 of the characters a-z, 0-9, '_', '.' and '-'."),
        (Password.parse, "short", "password", "Use 8 to 1024 bytes."),
        (Password.parse, "\ud800" * 9, "password", "Use characters that UTF-8 can carry."),
    ],
)
def test_a_refusal_says_which_field_and_what_to_use_instead(
    parse: Callable[[str], object], raw: str, field: str, detail: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        parse(raw)
    assert refusal.value.detail == f"{field}: {detail}"
    assert refusal.value.faults == (Fault(f"/{field}", "invalid", detail),)


@given(st.text(max_size=80))
def test_what_is_taken_is_folded_and_folds_to_itself(raw: str) -> None:
    try:
        name = Username.parse(raw)
    except InvalidInput:
        return
    assert re.fullmatch(r"[a-z0-9_.-]{3,64}", name.text)
    assert Username.parse(name.text) == name == Username.parse(raw.upper())


@pytest.mark.parametrize("raw", ["x" * 8, "é" * 4, "x" * 1024, "pass word\t\n", "😀😀"])
def test_passwords_within_bounds_are_taken(raw: str) -> None:
    assert Password.parse(raw).secret


@pytest.mark.parametrize("raw", ["", "x" * 7, "x" * 1025, "é" * 513, "\ud800" * 9])
def test_passwords_out_of_bounds_are_refused_without_an_echo(raw: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Password.parse(raw)
    assert refusal.value.faults[0].pointer == "/password"
    assert not raw or raw not in str(refusal.value)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=600))
def test_a_password_is_measured_in_bytes_of_its_normal_form(raw: str) -> None:
    normal = unicodedata.normalize("NFC", raw)
    try:
        assert Password.parse(raw).secret == normal
    except InvalidInput:
        assert not 8 <= len(normal.encode()) <= 1024
    else:
        assert 8 <= len(normal.encode()) <= 1024


def test_two_ways_to_type_an_accent_are_one_password() -> None:
    assert Password.parse("caf\u00e9-cafe") == Password.parse("cafe\u0301-cafe")


def test_a_password_never_shows() -> None:
    assert repr(Password.parse("correct-horse-9")) == "Password(…)"


def test_a_password_that_is_easy_to_guess_is_refused_with_the_reason() -> None:
    refusal = easy_to_guess("/new_password", "It is a date.")
    assert refusal.detail == "new_password: Too easy to guess. It is a date."
    assert refusal.faults == (Fault("/new_password", "weak", "Too easy to guess. It is a date."),)


def test_a_user_stays_disabled_since_the_first_time() -> None:
    out = User(UUID(int=1), Username("ada"), "hash", NOW).disable(NOW)
    assert (out.disabled_at, out.disable(LATER)) == (NOW, out)
