"""What revisions do to tables that others use meanwhile: nobody waits for them long, and nobody fails by them."""

from alembic import op
from sqlalchemy import text

# The first table is waited for a little longer than `deadlock_timeout`, a second, after which Postgres ends an
# autovacuum in the way. For the others the wait is far below it: where somebody holds one of them and waits for the
# first, it is the revision that steps back, before Postgres looks for a victim. Both together are less than a
# statement of the service waits.
FIRST, OTHERS = "1300ms", "300ms"
_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def lock(first: str, *others: str) -> None:
    """Lock tables until the end of the revision, in this order, from readers too unless a mode follows the name.

    Name all that it needs, and first what everybody else locks first.
    """
    op.execute(f"SET LOCAL lock_timeout = '{FIRST}'")
    op.execute(f"LOCK TABLE {first}")
    op.execute(f"SET LOCAL lock_timeout = '{OTHERS}'")
    for each in others:
        op.execute(f"LOCK TABLE {each}")


def make_index(name: str, columns: str) -> None:
    """Make an index on jobs beside whoever writes meanwhile, outside of a transaction; a finished one stays."""
    if not op.get_bind().execute(_IS_VALID, {"name": name}).scalar():
        # What an earlier attempt left unfinished is of no use.
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        op.execute(f"CREATE INDEX CONCURRENTLY {name} ON jobs {columns}")
