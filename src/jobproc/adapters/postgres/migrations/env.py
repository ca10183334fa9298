"""Runs revisions on the connection that `migrate` hands over."""

from alembic import context

from jobproc.adapters.postgres.tables import metadata

# Each in its own transaction, which one may leave to make an index beside whoever writes.
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
