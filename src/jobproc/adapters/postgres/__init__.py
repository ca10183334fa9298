"""Postgres, where the truth is: SQLAlchemy Core over asyncpg, migrated by Alembic."""
