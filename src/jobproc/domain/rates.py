"""How many requests may come in a while, and how many wrong passwords."""

import re
from dataclasses import dataclass
from enum import StrEnum

_SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_RATE = re.compile(rf"([1-9]\d{{0,11}})/({'|'.join(_SECONDS)})", re.ASCII)

# Typing errors cost nothing; a guesser is soon down to one guess a minute.
FREE_FAILURES = 10
LONGEST_DELAY_SECONDS = 60
FAILURE_MEMORY_SECONDS = 900


class Traffic(StrEnum):
    """What kind of request is counted; each has its own limit."""

    AUTH = "auth"
    SUBMIT = "submit"
    READ = "read"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in a window of so many seconds, which begins with its first request."""

    limit: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> "Rate | None":
        """`600/minute` as a rate, `off` as None; anything else: `ValueError`."""
        if text == "off":
            return None
        if not (found := _RATE.fullmatch(text)):
            raise ValueError("use a number and a time, such as 600/minute, or off")
        return cls(int(found[1]), _SECONDS[found[2]])

    def shared_by(self, processes: int) -> "Rate":
        """What each of so many may allow by itself."""
        return Rate(max(1, self.limit // processes), self.seconds)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands in its window: the how many-th it is, and the seconds until the next window.

    What is refused is not counted: each of these is the first one beyond the limit.
    """

    rate: Rate
    used: int
    seconds_left: int

    @property
    def is_allowed(self) -> bool:
        """Whether it is within the limit."""
        return self.used <= self.rate.limit

    @property
    def remaining(self) -> int:
        """How many more may come in this window."""
        return max(0, self.rate.limit - self.used)


def delay_after(failures: int) -> int:
    """Seconds that the next attempt has to wait after so many wrong passwords in a row; never for ever."""
    if failures < FREE_FAILURES:
        return 0
    return int(min(2 ** min(failures - FREE_FAILURES, 30), LONGEST_DELAY_SECONDS))
