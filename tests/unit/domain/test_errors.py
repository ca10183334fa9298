"""A refusal carries what its receiver needs to act on it."""

from jobproc.domain.errors import Conflict, Fault, InvalidInput, TooMany, Unavailable, pointer_to


def test_a_refusal_has_the_code_of_its_kind_unless_it_has_a_closer_one() -> None:
    assert Conflict("taken").code == "conflict"
    assert Conflict("taken", code="username-taken").code == "username-taken"


def test_a_refusal_says_when_to_come_back_where_that_is_known() -> None:
    refusal = TooMany("Slow down.", retry_after=3, code="too-many-streams")
    assert (refusal.detail, refusal.retry_after, refusal.code) == ("Slow down.", 3, "too-many-streams")
    assert Unavailable("Away.").retry_after == 2
    assert Conflict("taken").retry_after is None


def test_a_pointer_escapes_what_has_a_meaning_in_it() -> None:
    assert pointer_to("data", 0, "a/b~c") == "/data/0/a~1b~0c"
    assert pointer_to() == ""


def test_the_faults_of_a_part_stand_below_its_place_in_the_whole() -> None:
    part = InvalidInput("Two are wrong.", faults=[Fault("/x", "wrong", "Not this."), Fault("", "odd", "No.")])
    assert part.below("/jobs/1") == [Fault("/jobs/1/x", "wrong", "Not this."), Fault("/jobs/1", "odd", "No.")]


def test_a_part_that_names_no_fault_is_at_fault_as_a_whole() -> None:
    part = InvalidInput("It is no job.", code="no-job")
    assert part.below("/jobs/1") == [Fault("/jobs/1", "no-job", "It is no job.")]
