"""Ids that sort by the time at which they were made: UUIDv7 (RFC 9562, 5.7)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_AND_VARIANT = 0x7 << 76 | 0b10 << 62
RANDOM_BITS = 62
LAST_ID = UUID(int=2**128 - 1)


def id_at(moment: datetime, random: int) -> UUID:
    """An id of that microsecond, told apart from others by `RANDOM_BITS` random bits."""
    milliseconds, rest = divmod(moment - _EPOCH, timedelta(milliseconds=1))
    fraction = rest.microseconds * 4096 // 1000
    return UUID(int=milliseconds << 80 | fraction << 64 | _VERSION_AND_VARIANT | random)


def following(id: UUID, places: int) -> UUID:
    """An id of the same moment that sorts so many places later (RFC 9562, 6.2: monotonic random)."""
    random = (id.int + places) % (1 << RANDOM_BITS)
    return UUID(int=id.int >> RANDOM_BITS << RANDOM_BITS | random)


def first_id_at(moment: datetime) -> UUID:
    """No id of an earlier millisecond is above it."""
    return UUID(int=_milliseconds(moment) << 80 | _VERSION_AND_VARIANT)


def first_id_after(moment: datetime) -> UUID:
    """Every id of that millisecond is below it."""
    return UUID(int=_milliseconds(moment) + 1 << 80)


def _milliseconds(moment: datetime) -> int:
    return max(timedelta(), moment - _EPOCH) // timedelta(milliseconds=1)
