"""The statements that both sides of the jobs share."""

from sqlalchemy import text

from jobproc.adapters.postgres.rows import ALL, CHANGING, SELECTED, arrays, value

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

# S608: every part is a constant of this package; values travel as parameters.
INSERT = text(f"""
INSERT INTO jobs ({", ".join(ALL)}, timeline)
SELECT {", ".join(map(value, ALL))}, jsonb_build_array({_STEP}) FROM {arrays(ALL)}
ON CONFLICT (owner, idempotency_key) WHERE idempotency_key IS NOT NULL DO NOTHING
RETURNING id, CASE WHEN status = 'PENDING' THEN pg_notify('{DUE}', '') END
""")  # noqa: S608

# The version is the fence: a change made from an older state than the present one finds no row. The timeline grows
# with the change itself, so that neither can be there without the other.
UPDATE_TEXT = f"""
UPDATE jobs SET {_SET}, timeline = {_TIMELINE} FROM {arrays(CHANGING)}
WHERE jobs.id = new.id AND jobs.version = new.version - 1
"""  # noqa: S608
RETURNING = f"RETURNING jobs.id, {_TELL}"
UPDATE = text(f"{UPDATE_TEXT} {RETURNING}")


def select(condition: str) -> str:
    """Whole jobs and the store's time, for a condition written here in the adapter."""
    return f"SELECT {SELECTED}, now() AS store_time FROM jobs {condition}"  # noqa: S608
