"""The trace that a job's request belongs to."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add a column that is null in all rows, which rewrites none of them."""
    op.execute("SET LOCAL lock_timeout = '500ms'")
    op.execute("ALTER TABLE jobs ADD COLUMN traceparent text")


def downgrade() -> None:
    """Drop it."""
    op.execute("SET LOCAL lock_timeout = '500ms'")
    op.execute("ALTER TABLE jobs DROP COLUMN traceparent")
