"""A session is open from its beginning until it is ended or over; each of its refresh tokens is good once."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobproc.domain.errors import NotAuthenticated, Refused
from jobproc.domain.refresh_tokens import RefreshToken
from jobproc.domain.scopes import Scope
from jobproc.domain.sessions import MEMORY, MOST_EXCHANGES, Identity, Session
from tests.unit.domain.jobs import LATER, NOW

LIFETIME = timedelta(days=30)


def opened() -> Session:
    return Session.open(UUID(int=1), UUID(int=2), NOW, timedelta(seconds=10))


def test_a_session_is_open_until_its_time_is_over() -> None:
    assert opened().is_open(NOW)
    assert opened().is_open(LATER - timedelta(microseconds=1))
    assert not opened().is_open(LATER)


def test_a_session_begins_when_it_is_opened() -> None:
    session = opened()
    assert (session.created_at, session.expires_at) == (NOW, LATER)


def test_an_ended_session_is_closed_and_keeps_its_end() -> None:
    ended = opened().end(NOW)
    assert not ended.is_open(NOW)
    assert ended.end(LATER) == ended


def test_a_session_is_remembered_for_a_day_after_it_is_over() -> None:
    session = opened()
    assert not session.is_forgotten(LATER + MEMORY - timedelta(microseconds=1))
    assert session.is_forgotten(LATER + MEMORY)
    assert session.end(NOW).is_forgotten(NOW + MEMORY)
    assert not session.end(LATER + LIFETIME).is_forgotten(NOW + MEMORY)


def token(number: int) -> RefreshToken:
    return RefreshToken(UUID(int=1), number, number.to_bytes(32))


def refreshed(session: Session, number: int, now: datetime) -> Session:
    return session.refresh(token(number), token(number + 1), now, LIFETIME)


def exchanged(times: int, every: timedelta = timedelta()) -> Session:
    """A session whose tokens 0 to times - 1 are spent."""
    made = Session.open(UUID(int=1), UUID(int=2), NOW, LIFETIME, token(0).hash)
    for number in range(times):
        made = refreshed(made, number, NOW + number * every)
    return made


def test_the_history_of_exchanges_is_bounded() -> None:
    made = exchanged(1000)
    assert made.exchanges == 1000
    assert len(made.exchanged_at) == MOST_EXCHANGES


@pytest.mark.parametrize("number", range(3))
def test_every_spent_token_has_ten_seconds_from_its_own_use(number: int) -> None:
    made = exchanged(3, every=timedelta(seconds=5))
    used = NOW + number * timedelta(seconds=5)
    assert refreshed(made, number, used + timedelta(seconds=10)) == made
    assert refreshed(made, number, used + timedelta(seconds=10, microseconds=1)).ended_at


def test_a_spent_token_that_is_older_than_the_history_ends_the_session() -> None:
    assert refreshed(exchanged(MOST_EXCHANGES + 1), 0, NOW).ended_at


def test_a_token_that_was_never_given_out_changes_nothing() -> None:
    made = exchanged(3)
    for made_up in (RefreshToken(UUID(int=1), 3, b"x" * 32), token(4), token(2**32 - 1)):
        assert made.refresh(made_up, token(4), NOW + timedelta(hours=1), LIFETIME) == made


def test_the_last_number_has_a_next_one() -> None:
    assert token(2**32 - 1).next(b"x" * 32).hash


@settings(max_examples=50)
@given(st.uuids(), st.integers(0, 2**32 - 1), st.binary(min_size=32, max_size=32))
def test_a_token_reads_back_as_it_was(id: UUID, number: int, secret: bytes) -> None:
    made = RefreshToken(id, number, secret)
    assert RefreshToken.parse(made.text) == made


@settings(max_examples=50)
@given(st.text(max_size=80) | st.text("Aa0-_=+/", min_size=68, max_size=72))
def test_whatever_text_is_no_token_is_refused_as_one(text: str) -> None:
    try:
        assert RefreshToken.parse(text).text == text
    except NotAuthenticated:
        return


@pytest.mark.parametrize("text", ["", "a" * 70, "é", token(0).text + "="])
def test_what_is_no_token_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(NotAuthenticated, match=r"^This is no refresh token\. Log in again\.$"):
        RefreshToken.parse(text)


def test_a_token_never_shows_its_secret() -> None:
    made = RefreshToken(UUID(int=1), 0, b"secret-" * 4 + b"1234")
    assert made.text not in repr(made)
    assert "secret" not in repr(made)


@pytest.mark.parametrize(
    ("scope", "detail"),
    [
        (Scope.ACCOUNT, "API keys cannot manage accounts, sessions or keys. Log in for that."),
        (Scope.WRITE, "The API key has not the scope jobs:write. Make one that has."),
    ],
)
def test_who_may_not_do_it_is_told_what_would_help(scope: Scope, detail: str) -> None:
    with pytest.raises(Refused) as refusal:
        Identity(UUID(int=1), None, frozenset({Scope.READ})).require(scope)
    assert (refusal.value.detail, refusal.value.code) == (detail, "insufficient-scope")
