"""Counts that all processes share: one script for whatever was asked while another trip was under way."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.application.counting import Windows, seconds_left
from jobproc.application.gathering import Gathering
from jobproc.domain.rates import Rate, Standing

PREFIX = "jobproc:rate:"
MILLISECONDS = 1000
# For each key: how many more, how many ahead, of which part of what is left, its limit, and the milliseconds of a new
# window. Back come how many of them are within the limit, the count with these, and the milliseconds that are left.
COUNT = """
local answers = {}
for i, key in ipairs(KEYS) do
    local number, ahead, part, limit, window = unpack(ARGV, 5 * i - 4, 5 * i)
    local room = math.max(0, limit - (redis.call('GET', key) or 0))
    local granted = math.min(room, number + math.min(ahead, math.floor(room / part)))
    local count = redis.call('INCRBY', key, granted)
    local left = redis.call('PTTL', key)
    if left < 0 then
        left = tonumber(window)
        redis.call('PEXPIRE', key, left)
    end
    table.insert(answers, {granted, count, left})
end
return answers
"""
# For each key: how many did not come, and the milliseconds that were left. A window that is over has taken its count
# along; one that has more left than ours is another one.
GIVE_BACK = """
for i, key in ipairs(KEYS) do
    local left = redis.call('PTTL', key)
    if left >= 0 and left <= tonumber(ARGV[2 * i]) then redis.call('DECRBY', key, ARGV[2 * i - 1]) end
end
"""

# Who comes twice in that time is counted ahead; what did not come by its end is given back. Shorter windows have no use
# for what comes back after them.
AHEAD_SECONDS = 1.0
# So often in that time somebody looks for what is to be given back: before the next look it would be too late.
LOOKS = 4
# At most so many, and no more than this part of what is left of a limit, over the processes of this machine.
MOST_AHEAD = 256
PART_AHEAD = 8
# All that waits goes together.
MOST_TOGETHER = 1000

Key = tuple[str, Rate]


@dataclass(slots=True)
class Ahead:
    """Requests that were counted before they come: so many, the last of which is the how many-th of its window.

    They were counted at `since`, and the latest has come at `came`.
    """

    number: int
    last: int
    ends: float
    since: float
    came: float


class RedisRateLimiter:
    """A `RateLimiter` over any number of processes.

    No more are ever allowed than the limit, as long as Redis answers. While it is away each process goes on from what
    it last knew, and allows its share. All calls belong to one event loop.
    """

    def __init__(self, redis: PromptRedis, processes: int = 1) -> None:
        self._redis = redis
        self._processes = processes
        self._ahead: dict[Key, Ahead] = {}
        # This process's share of what all have counted, for when Redis is away.
        self._local = Windows()
        self._ask: Gathering[Key, Standing] = Gathering(self._count_all, most=MOST_TOGETHER)
        self._giving_back: asyncio.Task[Any] | None = None

    async def count(self, key: str, rate: Rate) -> Standing:
        """Count one more request of that key, and say where it stands."""
        asked = key, rate
        return self._known(asked) or await self._ask(asked)

    def _known(self, key: Key) -> Standing | None:
        """Where one that was counted ahead stands."""
        return self._next(key) if self._number_of(key) else None

    def _number_of(self, key: Key) -> int:
        """How many are counted ahead."""
        ahead = self._ahead.get(key)
        return ahead.number if ahead and ahead.ends > time.monotonic() else 0

    async def _count_all(self, asked: Sequence[Key]) -> Sequence[Standing]:
        known = [self._known(key) for key in asked]
        missing = Counter(key for key, standing in zip(asked, known, strict=True) if standing is None)
        settle = self._next if not missing or await self._is_counted(missing) else self._count_here
        return [standing or settle(key) for key, standing in zip(asked, known, strict=True)]

    async def _is_counted(self, missing: Mapping[Key, int]) -> bool:
        """Whether Redis has counted these, and more of them ahead."""
        values = chain.from_iterable(self._values(key, number) for key, number in missing.items())
        answers = await self._redis.ask(COUNT, _names(missing), list(values))
        if answers is not None:
            self._learn(dict(zip(missing, answers, strict=True)))
        return answers is not None

    def _values(self, key: Key, number: int) -> tuple[int, ...]:
        _, rate = key
        comes_often = key in self._ahead and rate.seconds > AHEAD_SECONDS
        ahead = MOST_AHEAD if comes_often else 0
        return number, ahead, PART_AHEAD * self._processes, rate.limit, rate.seconds * MILLISECONDS

    def _learn(self, answers: Mapping[Key, Sequence[int]]) -> None:
        if not self._ahead:
            self._look_later()
        for key, (granted, last, left) in answers.items():
            seconds, now = left / MILLISECONDS, time.monotonic()
            self._ahead[key] = Ahead(granted, last, now + seconds, since=now, came=now)
            self._local.learn(key[0], math.ceil(last / self._processes), seconds)

    def _look_later(self) -> None:
        asyncio.get_running_loop().call_later(AHEAD_SECONDS / LOOKS, self._give_back)

    def _give_back(self) -> None:
        """What was kept for long enough; who has come meanwhile is still one who comes often."""
        now = time.monotonic()
        late = now - AHEAD_SECONDS * (1 - 1 / LOOKS)
        spare = {
            key: each for key, each in self._ahead.items() if self._number_of(key) and each.since <= late
        }
        if spare:
            values = [(each.number, math.ceil((each.ends - now) * MILLISECONDS)) for each in spare.values()]
            giving = self._redis.ask(GIVE_BACK, _names(spare), list(chain.from_iterable(values)))
            self._giving_back = asyncio.create_task(giving)
        for each in spare.values():
            each.number = 0
        self._ahead = {key: each for key, each in self._ahead.items() if now - each.came < AHEAD_SECONDS}
        if self._ahead:
            self._look_later()

    def _next(self, key: Key) -> Standing:
        """Where the next one stands: one of those that are counted, or the first one beyond the limit."""
        ahead, now = self._ahead[key], time.monotonic()
        left = seconds_left(ahead.ends - now)
        if not ahead.number:
            return Standing(key[1], key[1].limit + 1, left)
        ahead.number -= 1
        ahead.came = now
        return Standing(key[1], ahead.last - ahead.number, left)

    def _count_here(self, key: Key) -> Standing:
        """Redis is away."""
        name, rate = key
        return self._local.count(name, rate.shared_by(self._processes))


def _names(keys: Iterable[Key]) -> list[str]:
    return [f"{PREFIX}{name}" for name, _ in keys]
