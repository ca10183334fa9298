"""One connection to Redis, used by hand: most of the time of a trip was that of the library's client around it."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import ConnectionPool
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError, ResponseError

Command = Sequence[int | str]


class Wire:
    """Makes its connection when it is needed, and a new one when it was lost. One caller at a time.

    Nobody waits longer than `connect_seconds` for the one, and `answer_seconds`, if given, for an answer.
    """

    def __init__(self, url: str, *, connect_seconds: float, answer_seconds: float | None = None) -> None:
        pool = ConnectionPool.from_url(
            url,
            protocol=2,
            socket_timeout=answer_seconds,
            socket_connect_timeout=connect_seconds,
            # Who retries is known here, and how long it may take.
            retry=Retry(NoBackoff(), 0),
        )
        self._connection: AbstractConnection = pool.connection_class(**pool.connection_kwargs)

    async def ask(self, *commands: Command) -> list[Any]:
        """What comes back, from one trip; the first that is refused is raised: `RedisError`, or `OSError`."""
        was_connected = self._connection.is_connected
        try:
            answers = await self._ask_once(commands)
        except ConnectionError:
            # It may have been closed while nobody used it.
            if not was_connected:
                raise
            answers = await self._ask_once(commands)
        for each in answers:
            if isinstance(each, ResponseError):
                raise each
        return answers

    async def close(self) -> None:
        """End the connection."""
        await self._connection.disconnect()

    async def _ask_once(self, commands: Sequence[Command]) -> list[Any]:
        packed = self._connection.pack_commands(commands)
        try:
            await self._connection.send_packed_command(packed)
        except RuntimeError as error:
            # What uvloop says of a connection that was reset.
            raise ConnectionError(str(error)) from error
        return [await self._answer() for _ in commands]

    async def _answer(self) -> Any:
        try:
            return await self._connection.read_response()
        except ResponseError as refusal:
            # The answers to other commands come after it.
            return refusal
