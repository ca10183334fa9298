"""Batches, and two ways to jobs: by their batch, and by when they ended."""

from alembic import op

from jobproc.adapters.postgres.revising import lock, make_index

revision = "0003"
down_revision = "0002"

BATCHES = """
CREATE TABLE batches (
    id uuid PRIMARY KEY,
    owner uuid NOT NULL CONSTRAINT batches_owner_fkey REFERENCES users ON DELETE CASCADE,
    total integer NOT NULL,
    created_at timestamptz NOT NULL,
    idempotency_key text,
    fingerprint text,
    CONSTRAINT batches_have_jobs CHECK (total > 0),
    CONSTRAINT batches_key_has_a_fingerprint CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL))
)
"""
BATCHES_OF_KEY = """
CREATE UNIQUE INDEX batches_of_key ON batches (owner, idempotency_key) WHERE idempotency_key IS NOT NULL
"""
# The end of a job is null while it has none, so that one index holds what is unfinished and what ended last.
INDEXES = {
    "jobs_of_batch": "(batch_id, id) INCLUDE (status) WHERE batch_id IS NOT NULL",
    "jobs_by_end": "(owner, finished_at) INCLUDE (status)",
}


def upgrade() -> None:
    """Make the indexes beside whoever writes meanwhile, then the table."""
    with op.get_context().autocommit_block():
        for name, columns in INDEXES.items():
            make_index(name, columns)
    lock("users IN SHARE ROW EXCLUSIVE MODE")
    op.execute(BATCHES)
    op.execute(BATCHES_OF_KEY)


def downgrade() -> None:
    """Drop them; the jobs stay."""
    with op.get_context().autocommit_block():
        for name in INDEXES:
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    lock("batches", "users")
    op.execute("DROP TABLE batches")
