"""Hints on the wire: one channel an owner, several hints of one owner in one message."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple
from uuid import UUID

from jobproc.application.events import Hint
from jobproc.domain.jobs import JobStatus, Progress

# Every process that listens hears this one: whatever comes says that hints of anybody may have been lost.
LOST = "jobproc:events"

# On the channel of one owner: what is no list of hints says that theirs may have been lost.
READ_AGAIN = ""


def channel(owner: UUID) -> str:
    """Where the hints of that owner's jobs go."""
    return f"{LOST}:{owner.hex}"


def owner_of(channel: str) -> UUID:
    """Whose channel it is."""
    return UUID(hex=channel.removeprefix(f"{LOST}:"))


def encode(hints: Iterable[Hint]) -> str:
    """Hints of one owner as a message."""
    return json.dumps(
        [
            (hint.job.hex, hint.version, hint.status, hint.progress and astuple(hint.progress))
            for hint in hints
        ]
    )


def decode(owner: UUID, message: bytes | str) -> Sequence[Hint] | None:
    """The hints of a message; None when another version of the program, or a stranger, has written it."""
    try:
        return [_hint(owner, *fields) for fields in json.loads(message)]
    except (TypeError, ValueError):
        return None


def _hint(owner: UUID, job: str, version: int, status: str | None, progress: list[object] | None) -> Hint:
    return Hint(
        owner,
        UUID(hex=job),
        version,
        JobStatus(status) if status else None,
        Progress(*progress) if progress else None,  # type: ignore[arg-type]
    )
