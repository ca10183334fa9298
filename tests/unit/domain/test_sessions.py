"""A session is open from its beginning until it is ended or over."""

from datetime import timedelta
from uuid import UUID

from jobproc.domain.sessions import Session
from tests.unit.domain.jobs import LATER, NOW


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
