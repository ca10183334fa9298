"""Refresh tokens of sessions, and API keys."""

from alembic import op

from jobproc.adapters.postgres.revising import lock

revision = "0002"
down_revision = "0001"

# A constant default rewrites no table, and lets programs of the revision before go on adding sessions.
STATEMENTS = """
ALTER TABLE sessions
    ADD COLUMN refresh_hash bytea,
    ADD COLUMN exchanges integer NOT NULL DEFAULT 0,
    ADD COLUMN exchanged_at timestamptz[] NOT NULL DEFAULT '{}';
CREATE INDEX sessions_over ON sessions (LEAST(expires_at, ended_at));

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT api_keys_user_id_fkey REFERENCES users ON DELETE CASCADE,
    name text NOT NULL,
    scopes text[] NOT NULL,
    hash bytea NOT NULL CONSTRAINT api_keys_hash_key UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT api_keys_scopes_known CHECK (scopes <@ ARRAY['jobs:read', 'jobs:write']),
    CONSTRAINT api_keys_expires_after_creation CHECK (expires_at > created_at)
);
CREATE INDEX api_keys_of_user ON api_keys (user_id, id DESC);
"""


def upgrade() -> None:
    """Add what sessions and keys need."""
    lock("sessions", "users IN SHARE ROW EXCLUSIVE MODE")
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    """Drop it: sessions last as long as they did, and cannot be refreshed."""
    lock("sessions", "users", "api_keys")
    op.execute("DROP TABLE api_keys")
    op.execute("DROP INDEX sessions_over")
    op.execute("ALTER TABLE sessions DROP refresh_hash, DROP exchanges, DROP exchanged_at")
