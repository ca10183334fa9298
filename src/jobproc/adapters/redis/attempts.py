"""Wrong passwords, counted for all processes."""

import hashlib

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.application.counting import Failures
from jobproc.domain.rates import FAILURE_MEMORY_SECONDS, FREE_FAILURES, LONGEST_DELAY_SECONDS

PREFIX = "jobproc:login:"
# The delays of `delay_after`, decided where they are counted: of many guesses at once one goes on.
BEGIN = """
local left = redis.call('PTTL', KEYS[2])
if left > 0 then return math.ceil(left / 1000) end
local failures = redis.call('INCR', KEYS[1])
redis.call('EXPIRE', KEYS[1], ARGV[1])
local over = failures - tonumber(ARGV[2])
if over >= 0 then
    redis.call('SET', KEYS[2], '', 'EX', math.min(2 ^ math.min(over, 30), tonumber(ARGV[3])))
end
return 0
"""
FORGET = "return redis.call('DEL', KEYS[1], KEYS[2])"


class RedisLoginAttempts:
    """`LoginAttempts` over any number of processes; while Redis is away each process counts by itself."""

    def __init__(self, redis: PromptRedis) -> None:
        self._redis = redis
        self._local = Failures()

    async def begin(self, name: str) -> int:
        """Seconds to wait; 0: go ahead, it is counted as a failure until it is forgotten."""
        policy = (FAILURE_MEMORY_SECONDS, FREE_FAILURES, LONGEST_DELAY_SECONDS)
        seconds = await self._redis.ask(BEGIN, _keys(name), policy)
        return self._local.begin(name) if seconds is None else int(seconds)

    async def forget(self, name: str) -> None:
        """A right password: the name starts anew."""
        self._local.forget(name)
        await self._redis.ask(FORGET, _keys(name), ())


def _keys(name: str) -> tuple[str, str]:
    """Of any text, since a guesser sends any."""
    key = PREFIX + hashlib.sha256(name.encode(errors="replace")).hexdigest()
    return key, f"{key}:wait"
