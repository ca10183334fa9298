"""A refusal carries what its receiver needs to act on it."""

from jobproc.domain.errors import Conflict, TooMany


def test_a_refusal_has_the_code_of_its_kind_unless_it_has_a_closer_one() -> None:
    assert Conflict("taken").code == "conflict"
    assert Conflict("taken", code="username-taken").code == "username-taken"


def test_a_refusal_of_too_many_requests_says_when_to_come_back() -> None:
    refusal = TooMany("Slow down.", retry_after=3, code="too-many-streams")
    assert (refusal.detail, refusal.retry_after, refusal.code) == ("Slow down.", 3, "too-many-streams")
    assert TooMany("Slow down.", retry_after=3).code == "too-many-requests"
