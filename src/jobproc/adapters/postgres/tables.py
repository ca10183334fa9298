"""The tables as SQLAlchemy Core knows them; the migrations are what makes them."""

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Double,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, JSONB

metadata = MetaData()

_time = DateTime(timezone=True)

users = Table(
    "users",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("username", Text, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("disabled_at", _time),
)

sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("expires_at", _time, nullable=False),
    Column("ended_at", _time),
    Column("refresh_hash", LargeBinary),
    Column("exchanges", Integer, nullable=False),
    Column("exchanged_at", ARRAY(_time), nullable=False),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("user_id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("scopes", ARRAY(Text), nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("expires_at", _time),
)

batches = Table(
    "batches",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid, nullable=False),
    Column("total", Integer, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("idempotency_key", Text),
    Column("fingerprint", Text),
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("owner", Uuid, nullable=False),
    Column("operation", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("result", JSON),
    Column("error", JSONB),
    Column("priority", SmallInteger, nullable=False),
    Column("tags", ARRAY(Text), nullable=False),
    Column("batch_id", Uuid),
    Column("attempt", SmallInteger, nullable=False),
    Column("max_attempts", SmallInteger, nullable=False),
    Column("timeout_seconds", Double, nullable=False),
    Column("retention_seconds", Integer, nullable=False),
    Column("progress", JSONB),
    Column("run_at", _time, nullable=False),
    Column("created_at", _time, nullable=False),
    Column("queued_at", _time),
    Column("started_at", _time),
    Column("finished_at", _time),
    Column("expires_at", _time),
    Column("lease_until", _time),
    Column("worker", Uuid),
    Column("losses", Integer, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("changed_at", _time, nullable=False),
    Column("cause", Text, nullable=False),
    Column("timeline", JSONB, nullable=False),
    Column("idempotency_key", Text),
    Column("fingerprint", Text),
    Column("request_id", Text),
    Column("traceparent", Text),
)
