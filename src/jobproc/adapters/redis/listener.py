"""Listening: one connection for all readers of this process, which comes back by itself."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError, RedisError

from jobproc.adapters.redis.messages import LOST, channel, decode, owner_of
from jobproc.application.events import Audience
from jobproc.application.pausing import pause

log = logging.getLogger(__name__)

PING = timedelta(seconds=1)
SILENCE_SECONDS = 3.0
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 0.1, 2.0
EFFECTIVE = timedelta(seconds=1)


class Listener:
    """Hears the channels of those owners whom the audience listens for, and passes on what comes.

    While Redis is away everybody is told again and again that hints were missed, so that they read by themselves.
    Its tasks ask whether it is closing, for to cancel them is not enough: up to Python 3.11 `asyncio.wait_for`, by
    which the library sends, forgets to be cancelled when what it waits for has just come.
    """

    def __init__(self, redis: Redis, audience: Audience) -> None:
        self._redis = redis
        self._audience = audience
        # By owner, set once their channel is heard; and those of whom hints may have been lost until then.
        self._heard: dict[UUID, asyncio.Event] = {}
        self._late: set[UUID] = set()
        self._wanted = asyncio.Event()
        self._is_away = self._is_closing = False
        self._listening: asyncio.Task[None] | None = None

    async def hear(self, owner: UUID) -> None:
        """Return when every hint of the owner is heard from now on; or soon, if Redis is away."""
        if self._listening is None or self._listening.done():
            self._listening = asyncio.create_task(self._listen())
        heard = self._heard.setdefault(owner, asyncio.Event())
        if heard.is_set():
            return
        self._wanted.set()
        await pause(heard, timedelta() if self._is_away else EFFECTIVE)
        if not heard.is_set():
            self._late.add(owner)
            self._audience.tell_missed(owner)

    async def close(self) -> None:
        """Hear nothing more."""
        self._is_closing = True
        self._wanted.set()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait((self._listening,))

    async def _listen(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while not self._is_closing:
            try:
                await self._stay_connected()
            except* (RedisError, OSError) as errors:
                retry = min(2 * retry, LONGEST_RETRY_SECONDS) if self._is_away else FIRST_RETRY_SECONDS
                self._lose(errors.exceptions[0])
            await asyncio.sleep(retry)

    async def _stay_connected(self) -> None:
        async with self._redis.pubsub() as pubsub, asyncio.TaskGroup() as tasks:
            await pubsub.subscribe(LOST)
            tasks.create_task(self._receive(pubsub))
            tasks.create_task(self._follow(pubsub))

    async def _follow(self, pubsub: PubSub) -> None:
        """Keep to the channels that are wanted, and make the other side talk."""
        asked: set[UUID] = set()
        while not self._is_closing:
            self._wanted.clear()
            if new := self._heard.keys() - asked:
                await pubsub.subscribe(*map(channel, new))
            if gone := self._no_longer_wanted():
                await pubsub.unsubscribe(*map(channel, gone))
            asked = (asked | new) - gone
            await pubsub.ping()
            await pause(self._wanted, PING)

    def _no_longer_wanted(self) -> set[UUID]:
        """Only of what is heard, so that no answer to an earlier wish is taken for that to a later one."""
        wanted = self._audience.owners()
        gone = {owner for owner, heard in self._heard.items() if heard.is_set() and owner not in wanted}
        for owner in gone:
            del self._heard[owner]
        return gone

    async def _receive(self, pubsub: PubSub) -> None:
        while not self._is_closing:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is None:
                raise ConnectionError("Redis does not answer.")
            if message["type"] == "subscribe":
                self._confirm(message["channel"])
            elif message["type"] == "message":
                self._pass_on(message["channel"], message["data"])

    def _confirm(self, channel: str) -> None:
        if channel == LOST:
            self._is_away = False
            return
        owner = owner_of(channel)
        self._heard[owner].set()
        if owner in self._late:
            self._late.discard(owner)
            self._audience.tell_missed(owner)

    def _pass_on(self, channel: str, data: str) -> None:
        if channel == LOST:
            self._audience.tell_missed()
        elif (hints := decode(owner_of(channel), data)) is not None:
            self._audience.tell(hints)
        else:
            self._audience.tell_missed(owner_of(channel))

    def _lose(self, error: Exception) -> None:
        if not self._is_away:
            log.warning("Live events are away (%s); who watches is told to read again.", type(error).__name__)
        self._is_away = True
        waiting, owners = self._heard.values(), self._audience.owners()
        self._heard, self._late = {owner: asyncio.Event() for owner in owners}, set(owners)
        for heard in waiting:
            heard.set()
        self._audience.tell_missed()
