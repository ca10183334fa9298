"""The trace that a job's request belongs to."""

from alembic import op

from jobproc.adapters.postgres.revising import lock

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column that is null in all rows, which rewrites none of them."""
    lock("jobs")
    op.execute("ALTER TABLE jobs ADD COLUMN traceparent text")


def downgrade() -> None:
    """Drop it."""
    lock("jobs")
    op.execute("ALTER TABLE jobs DROP COLUMN traceparent")
