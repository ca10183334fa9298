"""How lines look: JSON for machines, columns for people; ours and those of libraries alike."""

import json
import logging
from datetime import UTC, datetime
from typing import Any, TextIO

# Made once: `json.dumps` would make one for every line.
_encode = json.JSONEncoder(default=str).encode
# A line ends where it ends: what breaks lines, or moves a terminal's cursor, is shown instead of done.
_BREAKING = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))} | {
    ord("\t"): "\\t",
    ord("\n"): "\\n",
    ord("\r"): "\\r",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}
BOLD, DIM, RED, GREEN, YELLOW, MAGENTA, CYAN = 1, 2, 31, 32, 33, 35, 36
LEVELS = {"debug": GREEN, "info": GREEN, "warning": YELLOW, "error": RED, "critical": RED}
EVENT_COLUMNS, LEVEL_COLUMNS = 20, 9

# Ours, which have `facts` and a level of their own; silent until `set_up_lines` has said how they look. Known to nobody
# else: what the modules of operations set up for their own lines must not silence these.
EVENTS = logging.Logger("jobproc.events")
EVENTS.addHandler(logging.NullHandler())


class Lines(logging.Formatter):
    """For machines: a record's message is the event, and its facts are fields."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {"event": record.getMessage(), **_facts(record)}
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return _encode({**fields, "level": record.levelname.lower(), "at": _time(record)})


class Columns(logging.Formatter):
    """For people: time, level, event and facts, with a traceback below."""

    def __init__(self, *, colored: bool) -> None:
        super().__init__()
        self._colored = colored

    def format(self, record: logging.LogRecord) -> str:
        """A line, and the traceback as it is."""
        facts, level = _facts(record), record.levelname.lower()
        below = self.formatException(record.exc_info) if record.exc_info else facts.pop("exception", "")
        told = (
            self._painted(_time(record), DIM),
            f"[{self._painted(level.ljust(LEVEL_COLUMNS), LEVELS.get(level, BOLD))}]",
            self._painted(_unbroken(record.getMessage()).ljust(EVENT_COLUMNS), BOLD),
            *(
                f"{self._painted(name, CYAN)}={self._painted(_quoted(facts[name]), MAGENTA)}"
                for name in facts
            ),
        )
        return f"{' '.join(told)}\n{below}".rstrip()

    def _painted(self, text: str, color: int) -> str:
        return f"\x1b[{color}m{text}\x1b[0m" if self._colored else text


def set_up_lines(form: str, level: str, file: TextIO | None = None) -> None:
    """Write lines of at least that level, `json` or `console`, to a file, by default standard error."""
    handler = logging.StreamHandler(file)
    handler.setFormatter(Lines() if form == "json" else Columns(colored=handler.stream.isatty()))
    number = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)
    EVENTS.handlers[:] = [handler]
    EVENTS.setLevel(number)


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    """Those of an event; a library's line has none, and says whose it is."""
    return dict(getattr(record, "facts", {"logger": record.name}))


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")


def _unbroken(value: object) -> str:
    """JSON escapes by itself; columns would print what they are given."""
    return str(value).translate(_BREAKING)


def _quoted(value: object) -> str:
    """So that one can see where a value ends."""
    text = _unbroken(value)
    return repr(text) if not text or " " in text or "=" in text else text
