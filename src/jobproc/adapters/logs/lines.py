"""How lines look: JSON for machines, columns for people; ours and those of libraries alike."""

import json
import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import Processor

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


def set_up_lines(form: str, level: str, file: TextIO | None = None) -> None:
    """Write lines of at least that level, `json` or `console`, to a file, by default standard error."""
    file = file or sys.stderr
    number = logging.getLevelNamesMapping()[level.upper()]
    shared = _shared()
    structlog.configure(
        processors=[*shared, *_rendering(form, file)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(file)
    handler.setFormatter(_formatter(shared, _rendering(form, file)))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _shared() -> list[Processor]:
    return [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    ]


def _formatter(shared: Sequence[Processor], rendering: Sequence[Processor]) -> logging.Formatter:
    """For lines of libraries, which know nothing of fields."""
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering]
    named = [structlog.stdlib.add_logger_name, *shared]
    return structlog.stdlib.ProcessorFormatter(processors=processors, foreign_pre_chain=named)


def _rendering(form: str, file: TextIO) -> list[Processor]:
    if form == "json":
        return [structlog.processors.format_exc_info, _as_json]
    plain = structlog.dev.plain_traceback
    look = structlog.dev.ConsoleRenderer(
        colors=file.isatty(), exception_formatter=plain, timestamp_key="at", pad_event_to=20
    )
    return [_unbroken, look]


def _as_json(_: object, __: str, fields: MutableMapping[str, Any]) -> str:
    return _encode(fields)


def _unbroken(_: object, __: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """JSON escapes by itself; columns would print what they are given."""
    for name, value in fields.items():
        if name not in ("exc_info", "exception"):
            fields[name] = str(value).translate(_BREAKING)
    return fields
