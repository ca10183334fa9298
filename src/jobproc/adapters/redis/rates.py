"""Counts that all processes share: one script for whatever was asked while another trip was under way."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Sequence

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

Waiting = dict[tuple[str, Rate], list[asyncio.Future[Standing]]]


class RedisRateLimiter:
    """A `RateLimiter` over any number of processes, exact as long as Redis answers.

    Otherwise each process goes on from what it last knew, and allows its share. All calls belong to one event loop.
    """

    def __init__(self, redis: PromptRedis, processes: int = 1) -> None:
        self._redis = redis
        self._processes = processes
        self._local = Windows()
        self._waiting: Waiting = defaultdict(list)
        self._sending: asyncio.Task[None] | None = None

    async def count(self, key: str, rate: Rate) -> Standing:
        """Count one more request of that key, and say where it stands."""
        standing = asyncio.get_running_loop().create_future()
        self._waiting[key, rate].append(standing)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send_all())
        result: Standing = await standing
        return result

    def is_spent(self, key: str, rate: Rate) -> bool:
        """Whether this process has heard that nothing is left in the window of that key."""
        return self._local.is_spent(key, rate.shared_by(self._processes))

    async def _send_all(self) -> None:
        while self._waiting:
            trip, self._waiting = self._waiting, defaultdict(list)
            values = [
                value
                for (_, rate), all_ in trip.items()
                for value in (len(all_), rate.seconds * MILLISECONDS)
            ]
            answers = None
            try:
                answers = await self._redis.ask(COUNT, [f"{PREFIX}{key}" for key, _ in trip], values)
            finally:
                # Whatever came of it, who waits must hear of it.
                self._settle(trip, answers)

    def _settle(self, trip: Waiting, answers: Sequence[int] | None) -> None:
        for index, ((key, rate), waiting) in enumerate(trip.items()):
            if answers is None:
                standings = [self._count_locally(key, rate) for _ in waiting]
            else:
                standings = self._counted(key, rate, len(waiting), *answers[2 * index : 2 * index + 2])
            for each, standing in zip(waiting, standings, strict=True):
                if not each.done():
                    each.set_result(standing)

    def _counted(self, key: str, rate: Rate, number: int, used: int, milliseconds: int) -> list[Standing]:
        seconds = milliseconds / MILLISECONDS
        self._local.learn(key, math.ceil(used / self._processes), seconds)
        first, left = used - number + 1, seconds_left(seconds)
        return [Standing(rate, nth, left) for nth in range(first, used + 1)]

    def _count_locally(self, key: str, rate: Rate) -> Standing:
        return self._local.count(key, rate.shared_by(self._processes))
