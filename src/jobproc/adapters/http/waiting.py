"""`Prefer: wait=n` (RFC 7240): how long an answer may take."""

import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request

from jobproc.adapters.http.declared import header

LONGEST_WAIT = 60
DESCRIPTION = "`wait=n`: wait up to n seconds, at most 60."
PREFER_PARAMETER = header("Prefer", DESCRIPTION, {"type": "string"})
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d+)\"?\s*(?:$|[,;])", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many seconds to wait, and the header that says that it was done."""

    seconds: int = 0

    @property
    def applied(self) -> dict[str, str]:
        """Nothing when nobody asked to wait."""
        return {"Preference-Applied": f"wait={self.seconds}"} if self.seconds else {}


def wait_of(request: Request) -> Waiting:
    """A preference that is not understood is none; several lines of them are one."""
    found = _WAIT.search(", ".join(request.headers.getlist("prefer")))
    return Waiting(_seconds(found[1])) if found else Waiting()


def _seconds(digits: str) -> int:
    """Of any number of digits, which not every integer may have."""
    return min(int(digits.lstrip("0")[:9] or 0), LONGEST_WAIT)


async def parse_prefer(
    request: Request, prefer: Annotated[str | None, Header(alias="Prefer", description=DESCRIPTION)] = None
) -> Waiting:
    """What the request prefers; declared for its description."""
    return wait_of(request)


Wait = Annotated[Waiting, Depends(parse_prefer)]
