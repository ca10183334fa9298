"""Users, sessions and jobs."""

from alembic import op

from jobproc.adapters.postgres.revising import lock

revision = "0001"
down_revision = None

# Partial indexes hold live rows only: a claim costs the same beside a hundred finished jobs and beside a hundred
# million. `lease_until` is in none of them, so that a renewal stays a heap-only update.
STATEMENTS = """
CREATE TABLE users (
    id uuid PRIMARY KEY,
    username text NOT NULL CONSTRAINT users_username_key UNIQUE,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    user_id uuid NOT NULL CONSTRAINT sessions_user_id_fkey REFERENCES users ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT sessions_expires_after_creation CHECK (expires_at > created_at)
);
CREATE INDEX sessions_of_user ON sessions (user_id);

CREATE TABLE jobs (
    id uuid PRIMARY KEY,
    owner uuid NOT NULL CONSTRAINT jobs_owner_fkey REFERENCES users ON DELETE CASCADE,
    operation text NOT NULL,
    status text NOT NULL,
    data json NOT NULL,
    result json,
    error jsonb,
    priority smallint NOT NULL,
    tags text[] NOT NULL,
    batch_id uuid,
    attempt smallint NOT NULL,
    max_attempts smallint NOT NULL,
    timeout_seconds float8 NOT NULL,
    retention_seconds integer NOT NULL,
    progress jsonb,
    run_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    queued_at timestamptz,
    started_at timestamptz,
    finished_at timestamptz,
    expires_at timestamptz,
    lease_until timestamptz,
    worker uuid,
    losses integer NOT NULL,
    version bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    cause text NOT NULL,
    timeline jsonb NOT NULL,
    idempotency_key text,
    fingerprint text,
    request_id text,
    CONSTRAINT jobs_status_known
        CHECK (status IN ('SCHEDULED', 'PENDING', 'IN_PROGRESS', 'SUCCESS', 'FAILED', 'CANCELLED')),
    CONSTRAINT jobs_final_is_dated
        CHECK ((status IN ('SUCCESS', 'FAILED', 'CANCELLED')) = (finished_at IS NOT NULL)),
    CONSTRAINT jobs_final_expires CHECK ((finished_at IS NULL) = (expires_at IS NULL)),
    CONSTRAINT jobs_kept_a_minute CHECK (expires_at >= finished_at + interval '60 seconds'),
    CONSTRAINT jobs_in_progress_is_leased CHECK ((status = 'IN_PROGRESS') = (lease_until IS NOT NULL)),
    CONSTRAINT jobs_lease_has_a_worker CHECK ((lease_until IS NULL) = (worker IS NULL)),
    CONSTRAINT jobs_in_progress_has_started
        CHECK (status <> 'IN_PROGRESS' OR (started_at IS NOT NULL AND attempt > 0)),
    CONSTRAINT jobs_queued_when_due CHECK ((status IN ('PENDING', 'IN_PROGRESS')) = (queued_at IS NOT NULL)),
    CONSTRAINT jobs_success_has_a_result CHECK ((status = 'SUCCESS') = (result IS NOT NULL)),
    CONSTRAINT jobs_failure_has_an_error CHECK (status <> 'FAILED' OR error IS NOT NULL),
    CONSTRAINT jobs_success_has_no_error CHECK (status <> 'SUCCESS' OR error IS NULL),
    CONSTRAINT jobs_attempts_bounded CHECK (attempt BETWEEN 0 AND max_attempts AND max_attempts BETWEEN 1 AND 100),
    CONSTRAINT jobs_priority_bounded CHECK (priority BETWEEN -100 AND 100),
    CONSTRAINT jobs_timeout_bounded CHECK (timeout_seconds BETWEEN 0.1 AND 86400),
    CONSTRAINT jobs_retention_bounded CHECK (retention_seconds >= 0),
    CONSTRAINT jobs_version_counts CHECK (version >= 1),
    CONSTRAINT jobs_losses_count CHECK (losses >= 0),
    CONSTRAINT jobs_key_has_a_fingerprint CHECK ((idempotency_key IS NULL) = (fingerprint IS NULL))
) WITH (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.02,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_threshold = 1000,
    autovacuum_analyze_threshold = 500
);
CREATE INDEX jobs_of_owner ON jobs (owner, id DESC);
CREATE UNIQUE INDEX jobs_of_key ON jobs (owner, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX jobs_due ON jobs (operation, priority DESC, queued_at, id) WHERE status = 'PENDING';
CREATE INDEX jobs_waiting ON jobs (queued_at) WHERE status = 'PENDING';
CREATE INDEX jobs_leased ON jobs (id) WHERE status = 'IN_PROGRESS';
CREATE INDEX jobs_dated ON jobs (run_at) WHERE status = 'SCHEDULED';
CREATE INDEX jobs_expiring ON jobs (expires_at) WHERE status IN ('SUCCESS', 'FAILED', 'CANCELLED');
"""
TABLES = "jobs", "sessions", "users"


def upgrade() -> None:
    """Make the tables."""
    op.execute("SET LOCAL lock_timeout = '1300ms'")
    for statement in filter(str.strip, STATEMENTS.split(";")):
        op.execute(statement)


def downgrade() -> None:
    """Drop the tables and everything in them."""
    lock(*TABLES)
    for table in TABLES:
        op.execute(f"DROP TABLE {table}")
