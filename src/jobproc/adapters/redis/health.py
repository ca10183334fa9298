"""Whether Redis answers."""

from jobproc.adapters.redis.prompt import PromptRedis
from jobproc.domain.errors import Unavailable


class RedisPart:
    """A `Part`: without it events are late, and each process counts limits by itself."""

    name = "redis"
    is_needed = False

    def __init__(self, redis: PromptRedis) -> None:
        self._redis = redis

    async def check(self) -> str:
        """Whether it answers."""
        if await self._redis.ask("return 1", (), ()) is None:
            raise Unavailable("Redis does not answer: events are late, limits are counted by each process.")
        return "answers"
