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

# Pairs are compared so that nothing but an index that begins with both can give this order. With `owner = :owner` and
# an order by id alone, the planner may walk down the ids of everybody until it has found enough of one owner's.
_BY_OWNER = "FROM jobs WHERE (owner, id) < (:owner, :before) AND (owner, id) >= (:owner, :since)"
_BY_BATCH = """
FROM jobs WHERE (batch_id, id) < (:batch_id, :before) AND (batch_id, id) >= (:batch_id, :since)
AND batch_id IS NOT NULL AND owner = :owner
"""
_CONDITIONS = {
    "statuses": "status = ANY(CAST(:statuses AS text[]))",
    "operation": "operation = :operation",
    "tag": ":tag = ANY(tags)",
    "created_after": "created_at > :created_after",
    "created_before": "created_at < :created_before",
}
HORIZON = text(f"""
SELECT (array_agg(id))[{MOST_LOOKED_AT}] AS id
FROM (SELECT id {_BY_OWNER} ORDER BY owner DESC, id DESC LIMIT {MOST_LOOKED_AT}) AS near
""")  # noqa: S608


def asked_by(wanted: JobFilter) -> dict[str, Any]:
    """The values of the conditions that the filter has."""
    values = {name: getattr(wanted, name) for name in (*_CONDITIONS, "batch_id")}
    return {name: list(value) if name == "statuses" else value for name, value in values.items() if value}


def range_of(wanted: JobFilter, before: UUID | None) -> dict[str, UUID]:
    """The ids that the filter's times leave: an id holds the millisecond in which its job was made."""
    since = first_id_at(wanted.created_after) if wanted.created_after else UUID(int=0)
    until = first_id_after(wanted.created_before) if wanted.created_before else LAST_ID
    return {"before": min(before or LAST_ID, until), "since": since}


@cache
def tally_of(conditions: tuple[str, ...]) -> TextClause:
    """The statement that counts what these conditions want, and what was looked at, by status; planned as a page's."""
    possible = {**_CONDITIONS, "batch_id": "batch_id = :batch_id"}
    all_of = " AND ".join(("TRUE", *(possible[name] for name in conditions)))
    columns = "status, operation, tags, batch_id, created_at"
    near = f"SELECT {columns} {_BY_OWNER} ORDER BY owner DESC, id DESC LIMIT {MOST_TALLIED}"
    return text(f"""
SELECT status, count(*) FILTER (WHERE {all_of}) AS number, count(*) AS looked_at FROM ({near}) AS near GROUP BY status
""")  # noqa: S608


@cache
def page_of(conditions: tuple[str, ...], *, content: bool) -> TextClause:
    """The statement of a page for these conditions; to be planned for its values."""
    place, key = (_BY_BATCH, "batch_id") if "batch_id" in conditions else (_BY_OWNER, "owner")
    wanted = (_CONDITIONS[name] for name in conditions if name in _CONDITIONS)
    columns = SELECTED if content else BARE
    all_of = " AND ".join((place, *wanted))
    return text(f"SELECT {columns} {all_of} ORDER BY {key} DESC, id DESC LIMIT :limit")
