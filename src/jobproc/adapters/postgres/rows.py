"""Jobs as rows, and rows as jobs. `data` and `result` stay JSON text on both ways, so that they stay exact."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from jobproc.adapters.postgres.straight import Record
from jobproc.domain.jobs import ErrorCode, Job, JobError, JobStatus, Progress, Step

# Column by column: the type that its array has in a statement, and how it is read from there.
_TYPES: Mapping[str, tuple[str, str]] = {
    "id": ("uuid", "{}"),
    "owner": ("uuid", "{}"),
    "operation": ("text", "{}"),
    "status": ("text", "{}"),
    "data": ("text", "{}::json"),
    "result": ("text", "{}::json"),
    "error": ("text", "{}::jsonb"),
    "priority": ("smallint", "{}"),
    "tags": ("text", "ARRAY(SELECT json_array_elements_text({}::json))"),
    "batch_id": ("uuid", "{}"),
    "attempt": ("smallint", "{}"),
    "max_attempts": ("smallint", "{}"),
    "timeout_seconds": ("float8", "{}"),
    "retention_seconds": ("integer", "{}"),
    "progress": ("text", "{}::jsonb"),
    "run_at": ("timestamptz", "{}"),
    "created_at": ("timestamptz", "{}"),
    "queued_at": ("timestamptz", "{}"),
    "started_at": ("timestamptz", "{}"),
    "finished_at": ("timestamptz", "{}"),
    "expires_at": ("timestamptz", "{}"),
    "lease_until": ("timestamptz", "{}"),
    "worker": ("uuid", "{}"),
    "losses": ("integer", "{}"),
    "version": ("bigint", "{}"),
    "changed_at": ("timestamptz", "{}"),
    "cause": ("text", "{}"),
    "idempotency_key": ("text", "{}"),
    "fingerprint": ("text", "{}"),
    "request_id": ("text", "{}"),
    "traceparent": ("text", "{}"),
}
_ENCODE: Mapping[str, Callable[[Any], Any]] = {
    "status": str,
    "cause": str,
    "error": lambda error: error and json.dumps(asdict(error)),
    "tags": json.dumps,
    "progress": lambda progress: progress and json.dumps(asdict(progress)),
}
_AS_TEXT = {"data", "result", "error", "progress"}

ALL = Job._fields
CHANGING = (
    "id",
    "status",
    "result",
    "error",
    "attempt",
    "progress",
    "run_at",
    "queued_at",
    "started_at",
    "finished_at",
    "expires_at",
    "lease_until",
    "worker",
    "losses",
    "version",
    "changed_at",
    "cause",
)
# Those of them that a new job does not begin with.
SET_BY_SUBMIT = ("id", "status", "run_at", "queued_at", "changed_at")

# In the order of a job, so that a row is one.
_READ = {name: f"jobs.{name}::text AS {name}" if name in _AS_TEXT else f"jobs.{name}" for name in ALL}
SELECTED = ", ".join(_READ.values())
# Without what may be large.
BARE = ", ".join((_READ | {"data": "'null' AS data", "result": "NULL AS result"}).values())


def single(columns: Sequence[str]) -> str:
    """`(SELECT …) AS new`: the row of one job, from one value a column."""
    return f"(SELECT {_values(columns)}) AS new"


def arrays(columns: Sequence[str], alike: Collection[str] = ()) -> str:
    """The same for several, one row a job: from one array a column, and one value for each that is alike."""
    own = [name for name in columns if name not in alike]
    given = ", ".join(f"CAST(:{name} AS {_TYPES[name][0]}[])" for name in own)
    rows = f"unnest({given}) AS new({', '.join(own)})"
    return f"(SELECT new.*, {_values(alike)} FROM {rows}) AS new" if alike else rows  # noqa: S608


def _values(columns: Iterable[str]) -> str:
    return ", ".join(f"CAST(:{name} AS {_TYPES[name][0]}) AS {name}" for name in columns)


def value(column: str) -> str:
    """How a column's new value is read from `new`."""
    return _TYPES[column][1].format(f"new.{column}")


def constant(column: str, given: object) -> str:
    """A column whose value is the same for all of `new`."""
    return f"CAST('{given}' AS {_TYPES[column][0]}) AS {column}"


def to_values(job: Job, columns: Sequence[str]) -> dict[str, Any]:
    """A job as one value a column."""
    return {
        name: encode(getattr(job, name)) if (encode := _ENCODE.get(name)) else getattr(job, name)
        for name in columns
    }


def to_row(jobs: Sequence[Job], columns: Sequence[str]) -> dict[str, Sequence[Any]]:
    """Jobs as one array a column."""
    values = dict(zip(ALL, zip(*jobs, strict=True), strict=True)) if jobs else dict.fromkeys(ALL, ())
    return {name: _encoded(name, values[name]) for name in columns}


def _encoded(name: str, values: Sequence[Any]) -> Sequence[Any]:
    return list(map(_ENCODE[name], values)) if name in _ENCODE else values


def to_job(row: Row[Any] | Record) -> Job:
    """A row that begins with `SELECTED` as a job."""
    values = list(row[: len(ALL)])
    for place, decode in _DECODE:
        if values[place] is not None:
            values[place] = decode(values[place])
    return Job._make(values)


def to_step(fields: Mapping[str, Any]) -> Step:
    """One entry of a timeline."""
    at = datetime.fromisoformat(fields["at"])
    return Step(fields["version"], JobStatus(fields["status"]), fields["attempt"], at, fields["cause"])


def _error(text: str) -> JobError:
    fields = json.loads(text)
    return JobError(ErrorCode(fields["code"]), fields["type"], fields["message"])


# By the place that a value has in a row and in a job, and never for one that is null.
_DECODE: Sequence[tuple[int, Callable[[Any], Any]]] = (
    # Past the call of the enumeration, which takes ten times as long.
    (ALL.index("status"), {str(status): status for status in JobStatus}.__getitem__),
    (ALL.index("tags"), tuple),
    (ALL.index("error"), _error),
    (ALL.index("progress"), lambda text: Progress(**json.loads(text))),
)
