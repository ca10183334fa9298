"""Listening: one connection for all readers of this process, which comes back by itself."""

import asyncio
import logging
from datetime import timedelta
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ConnectionError, RedisError

from jobproc.adapters.redis.messages import LOST, channel, decode, owner_of
from jobproc.application.ending import INSIST_SECONDS, end, side_by_side
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
    """

    def __init__(self, redis: Redis, audience: Audience) -> None:
        self._redis = redis
        self._audience = audience
        # By owner, set once their channel is heard; and those of whom hints may have been lost until then.
        self._heard: dict[UUID, asyncio.Event] = {}
        self._late: set[UUID] = set()
        self._wanted = asyncio.Event()
        self._is_away = False
        self._is_closed = False
        self._listening: asyncio.Task[None] | None = None

    async def hear(self, owner: UUID) -> None:
        """Return when every hint of the owner is heard from now on; or soon, if Redis is away."""
        if self._is_closed:
            self._audience.tell_missed(owner)
            return
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
        """Hear nothing more, whoever comes."""
        self._is_closed = True
        if self._listening is not None:
            await end(self._listening)

    async def _listen(self) -> None:
        retry = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._stay_connected()
            except (RedisError, OSError) as error:
                retry = min(2 * retry, LONGEST_RETRY_SECONDS) if self._is_away else FIRST_RETRY_SECONDS
                self._lose(error)
            await asyncio.sleep(retry)

    async def _stay_connected(self) -> None:
        async with self._redis.pubsub() as pubsub:
            await pubsub.subscribe(LOST)
            # Sooner than whoever ends this task insists.
            await side_by_side(self._receive(pubsub), self._follow(pubsub), insist=INSIST_SECONDS / 5)

    async def _follow(self, pubsub: PubSub) -> None:
        """Keep to the channels that are wanted, and make the other side talk."""
        asked: set[UUID] = set()
        while True:
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
        while message := await pubsub.get_message(timeout=SILENCE_SECONDS):
            if message["type"] == "subscribe":
                self._confirm(message["channel"])
            elif message["type"] == "message":
                self._pass_on(message["channel"], message["data"])
        raise ConnectionError("Redis does not answer.")

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
