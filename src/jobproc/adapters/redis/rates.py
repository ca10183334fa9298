"""Counts that all processes share: one script for whatever was asked while another trip was under way."""

import asyncio
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import chain

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.application.counting import Windows, seconds_left
from jobproc.domain.rates import Rate, Standing

PREFIX = "jobproc:rate:"
MILLISECONDS = 1000
# For each key: how many more, and the milliseconds of a new window; back come the count and what is left of it.
COUNT = """
local answers = {}
for i, key in ipairs(KEYS) do
    local count = redis.call('INCRBY', key, ARGV[2 * i - 1])
    local left = redis.call('PTTL', key)
    if left < 0 then
        left = tonumber(ARGV[2 * i])
        redis.call('PEXPIRE', key, left)
    end
    answers[2 * i - 1], answers[2 * i] = count, left
end
return answers
"""

# Until what was tallied is told; a trip that goes sooner takes it along.
TALLY_SECONDS = 0.01
# For so long a process goes by what it last heard of the others.
KNOWN_SECONDS = 1.0

Key = tuple[str, Rate]
Waiting = dict[Key, list[asyncio.Future[Standing]]]


class RedisRateLimiter:
    """A `RateLimiter` over any number of processes.

    What is counted is exact as long as Redis answers. What is tallied goes by what all had counted within the last
    second. While Redis is away each process goes on from what it last knew, and allows its share. All calls belong to
    one event loop.
    """

    def __init__(self, redis: PromptRedis, processes: int = 1) -> None:
        self._redis = redis
        self._processes = processes
        # What all have counted, and this process's share of it for when Redis is away.
        self._shared = Windows(known_seconds=KNOWN_SECONDS)
        self._local = Windows()
        self._waiting: Waiting = defaultdict(list)
        self._owed: Counter[Key] = Counter()
        self._telling: asyncio.TimerHandle | None = None
        self._sending: asyncio.Task[None] | None = None

    async def count(self, key: str, rate: Rate) -> Standing:
        """Count one more request of that key, and say where it stands."""
        standing = asyncio.get_running_loop().create_future()
        self._waiting[key, rate].append(standing)
        self._send()
        result: Standing = await standing
        return result

    def tally(self, key: str, rate: Rate) -> Standing | None:
        """The same at once, as far as this process knows: None where it does not, or where nothing is left."""
        standing = self._shared.tally(key, rate)
        if standing:
            self._owed[key, rate] += 1
            if self._telling is None:
                self._telling = asyncio.get_running_loop().call_later(TALLY_SECONDS, self._tell)
        return standing

    def _tell(self) -> None:
        self._telling = None
        self._send()

    def _send(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())

    async def _send_all(self) -> None:
        while self._waiting or (self._owed and self._telling is None):
            if self._telling is not None:
                self._telling.cancel()
                self._telling = None
            waiting, self._waiting = self._waiting, defaultdict(list)
            owed, self._owed = self._owed, Counter()
            await self._send_these(waiting, owed)

    async def _send_these(self, waiting: Waiting, owed: Counter[Key]) -> None:
        keys = list(waiting | owed)
        numbers = [len(waiting[key]) + owed[key] for key in keys]
        windows = [rate.seconds * MILLISECONDS for _, rate in keys]
        values = list(chain.from_iterable(zip(numbers, windows, strict=True)))
        answers = None
        try:
            answers = await self._redis.ask(COUNT, [f"{PREFIX}{name}" for name, _ in keys], values)
        finally:
            # Whatever came of it, who waits must hear of it.
            for index, key in enumerate(keys):
                told = answers and answers[2 * index : 2 * index + 2]
                self._settle(key, waiting[key], owed[key], told)

    def _settle(
        self, key: Key, waiting: Sequence[asyncio.Future[Standing]], owed: int, told: Sequence[int] | None
    ) -> None:
        standings = self._counted(key, len(waiting), *told) if told else self._missed(key, owed, len(waiting))
        for each, standing in zip(waiting, standings, strict=True):
            if not each.done():
                each.set_result(standing)

    def _counted(self, key: Key, number: int, used: int, milliseconds: int) -> list[Standing]:
        """Those that wait are the last ones that were counted."""
        name, rate = key
        seconds = milliseconds / MILLISECONDS
        self._shared.learn(name, used + self._owed[key], seconds)
        self._local.learn(name, math.ceil(used / self._processes), seconds)
        left = seconds_left(seconds)
        return [Standing(rate, nth, left) for nth in range(used - number + 1, used + 1)]

    def _missed(self, key: Key, owed: int, number: int) -> list[Standing]:
        """Redis is away, and whatever was tallied is counted here alone."""
        name, rate = key
        self._shared.forget(name)
        standings = [self._local.count(name, rate.shared_by(self._processes)) for _ in range(owed + number)]
        return standings[owed:]
