"""The statements that both sides of the jobs share."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from jobproc.adapters.postgres.rows import (
    ALL,
    CHANGING,
    SELECTED,
    SET_BY_SUBMIT,
    arrays,
    arrays_and,
    constant,
    single,
    to_row,
    value,
)
from jobproc.domain.jobs import Job

MOST_STEPS = 500
# Where it is told that work is due, by every statement that makes it so; many times in one commit are one.
DUE = "jobproc_due"
_TELL = f"CASE WHEN new.status = 'PENDING' THEN pg_notify('{DUE}', '') END"

_SET = ", ".join(f"{name} = {value(name)}" for name in CHANGING if name != "id")
_STEP = """jsonb_build_object(
    'version', new.version, 'status', new.status, 'attempt', new.attempt, 'at', new.changed_at, 'cause', new.cause
)"""
# The first change stays, then the oldest one gives way.
_TIMELINE = f"""
CASE WHEN jsonb_array_length(jobs.timeline) < {MOST_STEPS} THEN jobs.timeline ELSE jobs.timeline - 1 END || {_STEP}
"""

# Where the jobs of a statement come in.
NEW = "<new>"


@dataclass(frozen=True, slots=True)
class OfJobs:
    """A statement that stores jobs.

    One by itself goes without arrays: to fill them and to read them took up to a third of its time. `alike` are columns
    that most often have the same value for all jobs: it is then sent once, which saves half of the rest.
    """

    columns: Sequence[str]
    alike: Collection[str]
    one: TextClause
    many: TextClause
    many_alike: TextClause

    def of(self, jobs: Sequence[Job]) -> tuple[TextClause, dict[str, Any]]:
        """What to run for these jobs, and its values."""
        values = to_row(jobs, self.columns)
        if len(jobs) == 1:
            return self.one, _first(values, self.columns)
        if jobs and all(values[name].count(values[name][0]) == len(jobs) for name in self.alike):
            return self.many_alike, values | _first(values, self.alike)
        return self.many, values


def _first(values: dict[str, list[Any]], columns: Iterable[str]) -> dict[str, Any]:
    return {name: values[name][0] for name in columns}


def of_jobs(columns: Sequence[str], statement: str, *, alike: Collection[str] = ()) -> OfJobs:
    """A statement that reads these columns of each job."""
    ways = (single(columns), arrays(columns), arrays_and(alike, columns) if alike else arrays(columns))
    return OfJobs(columns, alike, *(text(statement.replace(NEW, new)) for new in ways))


# What every new job begins with stands in the statement: a third of the columns, which need not travel with each.
_BEGINS = {name: Job._field_defaults[name] for name in CHANGING if name not in SET_BY_SUBMIT}
_OF_ITS_OWN = tuple(name for name in ALL if name not in _BEGINS)
_ALIKE = {name: default for name, default in _BEGINS.items() if default is not None}

# S608: every part is a constant of this package; values travel as parameters.
_INSERT = f"""
INSERT INTO jobs ({", ".join((*_OF_ITS_OWN, *_ALIKE))}, timeline)
SELECT {", ".join(map(value, (*_OF_ITS_OWN, *_ALIKE)))}, jsonb_build_array({_STEP})
FROM (SELECT new.*, {", ".join(map(constant, _ALIKE, _ALIKE.values()))} FROM {NEW}) AS new
ON CONFLICT (owner, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id, CASE WHEN status = 'PENDING' THEN pg_notify('{DUE}', '') END
"""  # noqa: S608
INSERT = of_jobs(_OF_ITS_OWN, _INSERT)

# The version is the fence: a change made from an older state than the present one finds no row. The timeline grows
# with the change itself, so that neither can be there without the other.
UPDATE_TEXT = f"""
UPDATE jobs SET {_SET}, timeline = {_TIMELINE} FROM {NEW}
WHERE jobs.id = new.id AND jobs.version = new.version - 1
"""  # noqa: S608
RETURNING = f"RETURNING jobs.id, {_TELL}"
# The jobs of a claim differ in little else.
_DIFFERING = {"id", "attempt", "run_at", "queued_at", "losses", "version"}
UPDATE = of_jobs(
    CHANGING, f"{UPDATE_TEXT} {RETURNING}", alike=[name for name in CHANGING if name not in _DIFFERING]
)


def select(condition: str) -> str:
    """Whole jobs and the store's time, for a condition written here in the adapter."""
    return f"SELECT {SELECTED}, now() AS store_time FROM jobs {condition}"  # noqa: S608
