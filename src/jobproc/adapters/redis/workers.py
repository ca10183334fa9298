"""Which workers are there, as keys that fade."""

import json
from collections.abc import Sequence
from uuid import UUID

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.application.operating import PRESENT_SECONDS
from jobproc.domain.errors import Unavailable
from jobproc.domain.workers import Presence

PRESENT = "jobproc:workers"
_ANNOUNCE = """
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SADD', KEYS[2], KEYS[1])
return 1
"""
_LEAVE = """
redis.call('DEL', KEYS[1])
redis.call('SREM', KEYS[2], KEYS[1])
return 1
"""
_LIST = """
local found = {}
for _, key in ipairs(redis.call('SMEMBERS', KEYS[1])) do
    local text = redis.call('GET', key)
    if text then found[#found + 1] = text else redis.call('SREM', KEYS[1], key) end
end
return found
"""


class RedisWorkers:
    """`Workers` over Redis or Valkey: who stops to announce itself is gone by itself."""

    def __init__(self, redis: PromptRedis, seconds: int = PRESENT_SECONDS) -> None:
        self._redis = redis
        self._seconds = seconds

    async def announce(self, presence: Presence) -> None:
        """This one is there."""
        await self._redis.ask(_ANNOUNCE, (_key(presence.id), PRESENT), (_to_text(presence), self._seconds))

    async def leave(self, id: UUID) -> None:
        """It is no longer there."""
        await self._redis.ask(_LEAVE, (_key(id), PRESENT), ())

    async def present(self) -> Sequence[Presence]:
        """Those who are there, by their place."""
        found = await self._redis.ask(_LIST, (PRESENT,), ())
        if found is None:
            raise Unavailable("Redis does not answer: nobody can say which workers are there.")
        return sorted(map(_to_presence, found), key=lambda each: each.place)


def _key(id: UUID) -> str:
    return f"jobproc:worker:{id.hex}"


def _to_text(presence: Presence) -> str:
    return json.dumps([presence.id.hex, presence.place, presence.slots, sorted(presence.operations)])


def _to_presence(text: bytes) -> Presence:
    id, place, slots, operations = json.loads(text)
    return Presence(UUID(hex=id), place, slots, frozenset(operations))
