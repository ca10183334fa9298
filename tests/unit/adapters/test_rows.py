"""Rows and jobs hold the same."""

from jobproc.adapters.postgres.rows import _TYPES, ALL, BARE, SELECTED
from jobproc.adapters.postgres.tables import jobs
from jobproc.domain.jobs import Job


def test_each_field_of_a_job_is_a_column_and_comes_in_its_place() -> None:
    assert set(_TYPES) == set(Job._fields) == {each.name for each in jobs.columns} - {"timeline"}
    for columns in (SELECTED, BARE):
        assert [each.split(" AS ")[-1].removeprefix("jobs.") for each in columns.split(", ")] == list(ALL)
