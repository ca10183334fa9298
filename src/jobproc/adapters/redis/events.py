"""Hints between processes, by Redis pub/sub."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Self
from uuid import UUID

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from jobproc.adapters.redis.listener import Listener
from jobproc.adapters.redis.publisher import Publisher
from jobproc.adapters.redis.wire import Wire
from jobproc.application.events import Audience, Hint, Subscription

ANSWER_SECONDS = 1


class RedisEvents:
    """`JobEvents` over Redis or Valkey: one connection to publish, one to listen, each made when it is needed.

    An async context manager; leaving it lets the last hints go out. All calls belong to one event loop.
    """

    def __init__(self, url: str) -> None:
        self._redis = Redis.from_url(
            url,
            protocol=2,
            decode_responses=True,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
            # Who retries is known here, and how long it may take.
            retry=Retry(NoBackoff(), 0),
        )
        self._audience = Audience()
        self._wire = Wire(url, connect_seconds=ANSWER_SECONDS, answer_seconds=ANSWER_SECONDS)
        self._publisher = Publisher(self._wire)
        self._listener = Listener(self._redis, self._audience)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._publisher.close()
        await self._listener.close()
        # A server that hangs does not say goodbye.
        with suppress(RedisError, OSError):
            await self._wire.close()
        with suppress(RedisError, OSError):
            await self._redis.aclose()

    def publish(self, hints: Sequence[Hint]) -> None:
        """Send hints in the background."""
        self._publisher.put(hints)

    def publish_missed(self, owner: UUID) -> None:
        """Tell whoever listens for that owner to read again, in the background."""
        self._publisher.put_missed(owner)

    @asynccontextmanager
    async def subscribe(self, owner: UUID, job: UUID | None = None) -> AsyncIterator[Subscription]:
        """The hints of that job, or of all jobs of the owner, from now on."""
        with self._audience.listening(owner, job) as subscription:
            await self._listener.hear(owner)
            yield subscription
