"""Listening ends when it is told to, whatever the library does with the word."""

import asyncio
from typing import Any, Self, cast
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from jobproc.adapters.redis.listener import Listener
from jobproc.application.events import Audience

pytestmark = pytest.mark.anyio


class Forgetful:
    """A Redis, and its channel, that take a cancel for the end of what they do, as `asyncio.wait_for` may."""

    def __init__(self) -> None:
        self.is_sending = asyncio.Event()

    def pubsub(self) -> Self:
        """Itself."""
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def subscribe(self, *_: str) -> None:
        """Answered by nobody."""

    async def ping(self) -> None:
        """Lasts until it is cancelled, and forgets that it was."""
        self.is_sending.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return

    async def get_message(self, timeout: float) -> dict[str, Any] | None:  # noqa: ASYNC109 - the library's
        """Silence."""
        await asyncio.sleep(timeout)
        return None


async def test_listening_ends_even_if_it_is_cancelled_in_the_middle_of_a_message_to_redis() -> None:
    redis = Forgetful()
    listener = Listener(cast(Redis, redis), Audience())
    hearing = asyncio.create_task(listener.hear(uuid4()))
    await redis.is_sending.wait()
    async with asyncio.timeout(5):
        await listener.close()
        await hearing
