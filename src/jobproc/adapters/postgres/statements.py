"""The statements that both sides of the jobs share."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from jobproc.adapters.postgres.rows import (
    ALL,
    CHANGING,
    SELECTED,
    SET_BY_SUBMIT,
    arrays,
    constant,
    single,
    to_row,
    to_values,
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

    One by itself goes without arrays: to fill them and to read them took up to a third of its time. What all of several
    have in common is sent once: the columns that are most often `alike`, in which they then have to agree altogether.
    """

    columns: Sequence[str]
    alike: Collection[str]
    one: TextClause
    many_alike: TextClause
    many: TextClause

    def of(self, jobs: Sequence[Job]) -> tuple[TextClause, dict[str, Any]]:
        """What to run for these jobs, and its values."""
        if len(jobs) == 1:
            return self.one, to_values(jobs[0], self.columns)
        values = to_row(jobs, self.columns)
        if all(_is_one(values[name]) for name in self.alike):
            return self.many_alike, values | _first(values, self.alike)
        return self.many, values


def _is_one(values: Sequence[Any]) -> bool:
    """Whether there is one value, however often."""
    return bool(values) and values.count(values[0]) == len(values)


def _first(values: Mapping[str, Sequence[Any]], columns: Iterable[str]) -> dict[str, Any]:
    return {name: values[name][0] for name in columns}


def of_jobs(columns: Sequence[str], statement: str, *, alike: Collection[str]) -> OfJobs:
    """A statement that reads these columns of each job."""
    ways = (single(columns), arrays(columns, alike), arrays(columns))
    return OfJobs(columns, alike, *(text(statement.replace(NEW, new)) for new in ways))


# What every new job begins with stands in the statement: a third of the columns, which need not travel with each.
_BEGINS = {name: Job._field_defaults[name] for name in CHANGING if name not in SET_BY_SUBMIT}
_OF_ITS_OWN = tuple(name for name in ALL if name not in _BEGINS)
_CONSTANT = {name: default for name, default in _BEGINS.items() if default is not None}

# S608: every part is a constant of this package; values travel as parameters.
_INSERT = f"""
INSERT INTO jobs ({", ".join((*_OF_ITS_OWN, *_CONSTANT))}, timeline)
SELECT {", ".join(map(value, (*_OF_ITS_OWN, *_CONSTANT)))}, jsonb_build_array({_STEP})
FROM (SELECT new.*, {", ".join(map(constant, _CONSTANT, _CONSTANT.values()))} FROM {NEW}) AS new
ON CONFLICT (owner, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id, CASE WHEN status = 'PENDING' THEN pg_notify('{DUE}', '') END
"""  # noqa: S608
# The jobs of a batch; those that are gathered from several requests differ in the first of these already.
_OF_ONE_CALL = (
    "created_at",
    "changed_at",
    "run_at",
    "queued_at",
    "owner",
    "status",
    "batch_id",
    "idempotency_key",
    "fingerprint",
    "request_id",
    "traceparent",
)
INSERT = of_jobs(_OF_ITS_OWN, _INSERT, alike=_OF_ONE_CALL)

# The version is the fence: a change made from an older state than the present one finds no row. The timeline grows
# with the change itself, so that neither can be there without the other.
UPDATE_TEXT = f"""
UPDATE jobs SET {_SET}, timeline = {_TIMELINE} FROM {NEW}
WHERE jobs.id = new.id AND jobs.version = new.version - 1
"""  # noqa: S608
RETURNING = f"RETURNING jobs.id, {_TELL}"
# The jobs of a claim differ in little else.
_DIFFERING = ("id", "attempt", "run_at", "queued_at", "losses", "version")
OF_ONE_CLAIM = [name for name in CHANGING if name not in _DIFFERING]
UPDATE = of_jobs(CHANGING, f"{UPDATE_TEXT} {RETURNING}", alike=OF_ONE_CLAIM)


def select(condition: str) -> str:
    """Whole jobs and the store's time, for a condition written here in the adapter."""
    return f"SELECT {SELECTED}, now() AS store_time FROM jobs {condition}"  # noqa: S608
