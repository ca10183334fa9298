"""Messages between a worker and its children: a length of four bytes, then JSON. Never pickle: it would run code."""

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from jobproc.domain.jobs import ErrorCode, Failed, JobError, Lost, Outcome, Succeeded

_LENGTH = struct.Struct("!I")
_JSON = json.JSONEncoder(separators=(",", ":"))
HEADER_BYTES = _LENGTH.size
LARGEST_BODY = 1 << 28


def to_frame(message: dict[str, Any]) -> bytes:
    """A message as bytes."""
    body = _JSON.encode(message).encode()
    return _LENGTH.pack(len(body)) + body


def body_length(header: bytes | bytearray) -> int:
    """How many bytes follow the header; more than any message of ours: `ValueError`."""
    length: int = _LENGTH.unpack(header)[0]
    if length > LARGEST_BODY:
        raise ValueError("not a header")
    return length


def to_message(body: bytes | bytearray) -> dict[str, Any]:
    """The bytes behind a header as a message."""
    message = json.loads(body.decode())
    if not isinstance(message, dict):
        raise ValueError("not a message")
    return message


def cut_off(arrived: bytearray) -> Iterator[dict[str, Any]]:
    """The messages that have arrived as a whole; what is left is the beginning of another one, or none at all."""
    while len(arrived) >= HEADER_BYTES:
        end = HEADER_BYTES + body_length(arrived[:HEADER_BYTES])
        if len(arrived) < end:
            return
        message = to_message(arrived[HEADER_BYTES:end])
        # What is no message stays, so that nobody ever gets past it.
        del arrived[:end]
        yield message


def to_fields(outcome: Outcome) -> dict[str, Any]:
    """An outcome as members of a message."""
    match outcome:
        case Succeeded(result):
            return {"result": result}
        case Failed(error, retryable):
            return {"error": _plain(error), "retryable": retryable}
        case Lost(error):
            return {"error": _plain(error), "lost": True}


def to_outcome(fields: Mapping[str, Any]) -> Outcome:
    """The outcome in a message."""
    if "result" in fields:
        return Succeeded(fields["result"])
    code, name, text = fields["error"]
    error = JobError(ErrorCode(code), name, text)
    return Lost(error) if "lost" in fields else Failed(error, fields["retryable"])


def _plain(error: JobError) -> list[str]:
    return [str(error.code), error.type, error.message]
