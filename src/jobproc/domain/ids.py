"""Ids that sort by the time at which they were made: UUIDv7 (RFC 9562, 5.7)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
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


def following(id: UUID) -> Iterator[UUID]:
    """Ids of the same moment, each of which sorts after the one before (RFC 9562, 6.2: monotonic random).

    Past the last of its moment they begin anew.
    """
    moment, random = divmod(id.int, 1 << RANDOM_BITS)
    for place in count(random + 1):
        yield UUID(int=moment << RANDOM_BITS | place % (1 << RANDOM_BITS))


def first_id_at(moment: datetime) -> UUID:
    """No id of an earlier millisecond is above it."""
    return UUID(int=_milliseconds(moment) << 80 | _VERSION_AND_VARIANT)


def first_id_after(moment: datetime) -> UUID:
    """Every id of that millisecond is below it."""
    return UUID(int=_milliseconds(moment) + 1 << 80)


def _milliseconds(moment: datetime) -> int:
    return max(timedelta(), moment - _EPOCH) // timedelta(milliseconds=1)
