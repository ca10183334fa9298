"""A session is open from its beginning until it is ended or over."""

from datetime import timedelta
from uuid import UUID

from jobproc.domain.sessions import Session
from tests.unit.domain.jobs import LATER, NOW

session = Session.open(UUID(int=1), UUID(int=2), NOW, timedelta(seconds=10))


def test_a_session_is_open_until_its_time_is_over() -> None:
    assert session.is_open(NOW)
    assert session.is_open(LATER - timedelta(microseconds=1))
    assert not session.is_open(LATER)


def test_a_session_begins_when_it_is_opened() -> None:
    assert (session.created_at, session.expires_at) == (NOW, LATER)


def test_an_ended_session_is_closed_and_keeps_its_end() -> None:
    ended = session.end(NOW)
    assert not ended.is_open(NOW)
    assert ended.end(LATER) == ended
