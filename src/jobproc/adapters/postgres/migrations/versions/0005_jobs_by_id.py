"""The jobs of an owner by their ids, upwards."""

from alembic import op

from jobproc.adapters.postgres.revising import make_index

revision = "0005"
down_revision = "0004"

# Pairs of owner and id are compared in one direction, which an index of two directions cannot serve.
UP, DOWN = "jobs_by_id", "jobs_of_owner"
COLUMNS = {UP: "(owner, id)", DOWN: "(owner, id DESC)"}


def upgrade() -> None:
    """Put one in the place of the other, beside whoever reads and writes meanwhile."""
    with op.get_context().autocommit_block():
        _exchange(DOWN, UP)


def downgrade() -> None:
    """The other way round."""
    with op.get_context().autocommit_block():
        _exchange(UP, DOWN)


def _exchange(old: str, new: str) -> None:
    make_index(new, COLUMNS[new])
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {old}")
