"""A name for every request, so that one search finds its answer, its lines in the log and its rows."""

import re
import secrets
from collections.abc import Iterable

HEADER = b"x-request-id"
_GOOD = re.compile(rb"[A-Za-z0-9._-]{1,128}")


def name_of(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The client's own name for a request with these headers, where it is a good one, else a new one."""
    given = [value for header, value in headers if header == HEADER]
    is_good = len(given) == 1 and _GOOD.fullmatch(given[0])
    return given[0] if is_good else secrets.token_hex(8).encode()
