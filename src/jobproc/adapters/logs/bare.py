"""The same lines without the library for them, which takes longer to load than a child takes to start."""

import json
import logging
from datetime import UTC, datetime
from typing import Any


class BareLines(logging.Formatter):
    """For machines: a record's message is the event, and its `facts`, if it has any, are the fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields: dict[str, Any] = {"event": record.getMessage(), **getattr(record, "facts", {})}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        return json.dumps({**fields, "level": record.levelname.lower(), "at": at}, default=str)


class BareColumns(logging.Formatter):
    """For people: facts behind the event, and a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """A line, and the traceback as it is."""
        facts = dict(getattr(record, "facts", {}))
        below = facts.pop("exception", "")
        told = " ".join(f"{name}={value}" for name, value in facts.items())
        return f"{super().format(record)} {told}\n{below}".rstrip()


def set_up_bare_lines(form: str) -> None:
    """Write lines to standard error from now on."""
    handler = logging.StreamHandler()
    handler.setFormatter(BareLines() if form == "json" else BareColumns())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
