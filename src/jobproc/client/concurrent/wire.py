"""HTTP on the event loop."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager

import httpx2

from jobproc.client.core.calls import Answer, Call, refusal_of
from jobproc.client.core.http import SILENCE_SECONDS, answer_of, event_of, request_of, stream_of, translated
from jobproc.client.core.wire import ServerSentEvent


class ConcurrentWire:
    """A pool of connections; tasks of one loop may share it."""

    def __init__(self, url: str, transport: httpx2.AsyncBaseTransport | None = None) -> None:
        self.url = url
        self._http = httpx2.AsyncClient(base_url=url, transport=transport)
        self._lock = asyncio.Lock()

    async def send(self, call: Call, seconds: float) -> Answer:
        """Send it and read all of the answer."""
        with translated():
            return answer_of(await self._http.send(request_of(self._http, call, seconds)))

    async def listen(self, call: Call) -> AsyncGenerator[ServerSentEvent | None]:
        """Events as they come."""
        with translated():
            response = await self._http.send(request_of(self._http, call, SILENCE_SECONDS), stream=True)
            try:
                if not response.is_success:
                    await response.aread()
                    raise refusal_of(answer_of(response))
                stream = stream_of(response)
                yield None
                async for event in stream:
                    yield event_of(event)
            finally:
                await response.aclose()

    def now(self) -> float:
        """Monotonic."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Of this task alone."""
        await asyncio.sleep(seconds)

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Among tasks."""
        return self._lock

    async def close(self) -> None:
        """Close all connections."""
        await self._http.aclose()
