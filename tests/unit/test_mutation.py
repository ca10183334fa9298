"""The score of mutation testing counts every mutant that was tried."""

import argparse

import pytest

from tests.mutation import pattern, percent, unnoticed

NONE = {"killed": 0, "timeout": 0, "survived": 0, "no_tests": 0, "suspicious": 0, "segfault": 0}


def test_a_mutant_is_noticed_when_a_test_fails_or_hangs() -> None:
    assert percent(NONE | {"killed": 8, "timeout": 1, "survived": 1}) == 90.0


def test_a_mutant_that_no_test_reaches_is_not_noticed() -> None:
    assert percent(NONE | {"killed": 1, "no_tests": 3}) == 25.0


def test_a_run_that_tried_nothing_is_no_success() -> None:
    assert percent(NONE) == 0.0


def test_what_was_not_asked_for_is_not_listed() -> None:
    assert unnoticed("    a: survived\n    b: not checked\n    c: no tests\n") == [
        "    a: survived",
        "    c: no tests",
    ]


@pytest.mark.parametrize(
    ("name", "mutants"),
    [
        ("jobproc.domain", "jobproc.domain.*"),
        ("jobproc.domain.jobs", "jobproc.domain.jobs.*"),
        ("jobproc.*.jobs.*", "jobproc.*.jobs.*"),
        ("jobproc.domain.jobs.x_backoff__mutmut_1", "jobproc.domain.jobs.x_backoff__mutmut_1"),
    ],
)
def test_a_module_or_a_package_means_the_mutants_in_it(name: str, mutants: str) -> None:
    assert pattern(name) == mutants


def test_an_unknown_module_is_refused_by_name() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"jobproc\.nowhere"):
        pattern("jobproc.nowhere")
