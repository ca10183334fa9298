"""Pages of jobs by key, newest first: what a page costs does not grow with what lies behind it."""

from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text

from jobproc.adapters.postgres.rows import BARE, SELECTED
from jobproc.domain.filters import JobFilter
from jobproc.domain.ids import LAST_ID, first_id_after, first_id_at
from jobproc.domain.stats import MOST_TALLIED

# A filter that fits nothing must not read a million rows to say so. A batch has no more than this.
MOST_LOOKED_AT = 10_000

_RANGE = "WHERE owner = :owner AND id < :before AND id >= :since"
_CONDITIONS = {
    "statuses": "status = ANY(CAST(:statuses AS text[]))",
    "operation": "operation = :operation",
    "tag": ":tag = ANY(tags)",
    "batch_id": "batch_id = :batch_id",
    "created_after": "created_at > :created_after",
    "created_before": "created_at < :created_before",
}
HORIZON = text(f"""
SELECT (array_agg(id))[{MOST_LOOKED_AT}] AS id
FROM (SELECT id FROM jobs {_RANGE} ORDER BY id DESC LIMIT {MOST_LOOKED_AT}) AS near
""")  # noqa: S608


def asked_by(wanted: JobFilter) -> dict[str, Any]:
    """The values of the conditions that the filter has."""
    values = {name: getattr(wanted, name) for name in _CONDITIONS}
    return {name: list(value) if name == "statuses" else value for name, value in values.items() if value}


def range_of(wanted: JobFilter, before: UUID | None) -> dict[str, UUID]:
    """The ids that the filter's times leave: an id holds the millisecond in which its job was made."""
    since = first_id_at(wanted.created_after) if wanted.created_after else UUID(int=0)
    until = first_id_after(wanted.created_before) if wanted.created_before else LAST_ID
    return {"before": min(before or LAST_ID, until), "since": since}


@cache
def tally_of(conditions: tuple[str, ...]) -> TextClause:
    """The statement that counts what these conditions want, and what was looked at, by status."""
    all_of = " AND ".join(("TRUE", *(_CONDITIONS[name] for name in conditions)))
    columns = "status, operation, tags, batch_id, created_at"
    near = f"SELECT {columns} FROM jobs {_RANGE} ORDER BY id DESC LIMIT {MOST_TALLIED}"  # noqa: S608
    return text(f"""
SELECT status, count(*) FILTER (WHERE {all_of}) AS number, count(*) AS looked_at FROM ({near}) AS near GROUP BY status
""")  # noqa: S608


@cache
def page_of(conditions: tuple[str, ...], *, content: bool) -> TextClause:
    """The statement of a page for these conditions."""
    columns = SELECTED if content else BARE
    all_of = " AND ".join((_RANGE, *(_CONDITIONS[name] for name in conditions)))
    return text(f"SELECT {columns} FROM jobs {all_of} ORDER BY id DESC LIMIT :limit")  # noqa: S608
