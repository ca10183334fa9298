"""The shortest way, for the statements that are run most and for who calls: SQLAlchemy writes them and lends the
connection, the driver runs them. What lies between the two costs several times what the statement does."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import asyncpg
from sqlalchemy import Select, TextClause
from sqlalchemy.dialects.postgresql.asyncpg import dialect

MOST_COMPILED = 256
Statement = TextClause | Select[Any]


class Record(asyncpg.Record):  # type: ignore[misc]
    """A row whose columns are attributes as well, as those that SQLAlchemy gives."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


def call_of(statement: Statement, values: Mapping[str, Any]) -> list[Any]:
    """What the driver's `fetch` takes: the text with numbered parameters, and their values in that order."""
    text, names = _compiled(statement)
    return [text, *map(values.__getitem__, names)]


@lru_cache(MOST_COMPILED)
def _compiled(statement: Statement) -> tuple[str, tuple[str, ...]]:
    compiled = statement.compile(dialect=dialect())  # type: ignore[no-untyped-call]
    return compiled.string, tuple(compiled.positiontup or ())
