"""Cursors: a place in a list, good for its owner and the filter that it was made with."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2s
from uuid import UUID

from jobproc.domain.errors import InvalidInput
from jobproc.domain.filters import JobFilter

_MARK_BYTES = 8


def to_cursor(place: UUID, owner: UUID, wanted: JobFilter) -> str:
    """An opaque text for the place."""
    return urlsafe_b64encode(place.bytes + _mark(owner, wanted)).decode()


def from_cursor(cursor: str, owner: UUID, wanted: JobFilter) -> UUID:
    """The place; a text that is none, or of another list: `InvalidInput`."""
    try:
        given = urlsafe_b64decode(cursor)
        if to_cursor(UUID(bytes=given[:16]), owner, wanted) == cursor:
            return UUID(bytes=given[:16])
    except ValueError:
        pass
    raise InvalidInput(
        "The cursor is not one of this list. Use next_cursor as it was given, with the same filters.",
        code="invalid-cursor",
    )


def _mark(owner: UUID, wanted: JobFilter) -> bytes:
    return blake2s(owner.bytes + repr(wanted).encode(), digest_size=_MARK_BYTES).digest()
