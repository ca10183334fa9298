"""The statements that both sides of the jobs share."""

from sqlalchemy import text

from jobproc.adapters.postgres.rows import ALL, CHANGING, SELECTED, arrays, value

_SET = ", ".join(f"{name} = {value(name)}" for name in CHANGING if name != "id")

# S608: every part is a constant of this package; values travel as parameters.
INSERT = text(
    f"INSERT INTO jobs ({', '.join(ALL)}) SELECT {', '.join(map(value, ALL))} FROM {arrays(ALL)}"  # noqa: S608
)

# The version is the fence: a change made from an older state than the present one finds no row.
UPDATE_TEXT = f"""
UPDATE jobs SET {_SET} FROM {arrays(CHANGING)}
WHERE jobs.id = new.id AND jobs.version = new.version - 1
"""  # noqa: S608
UPDATE = text(UPDATE_TEXT)


def select(condition: str) -> str:
    """Whole jobs and the store's time, for a condition written here in the adapter."""
    return f"SELECT {SELECTED}, now() AS store_time FROM jobs {condition}"  # noqa: S608
