"""HTTP that blocks; nothing here ever suspends, so that `run` can drive it."""

import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from jobproc.client.core.calls import Answer, Call, refusal_of
from jobproc.client.core.http import SILENCE_SECONDS, answer_of, event_of, request_of, stream_of, translated
from jobproc.client.core.wire import ServerSentEvent


class BlockingWire:
    """A pool of connections; threads may share it."""

    def __init__(self, url: str, transport: httpx2.BaseTransport | None = None) -> None:
        self.url = url
        self._http = httpx2.Client(base_url=url, transport=transport)
        self._lock = threading.Lock()

    async def send(self, call: Call, seconds: float) -> Answer:
        """Send it and read all of the answer."""
        with translated():
            return answer_of(self._http.send(request_of(self._http, call, seconds)))

    async def listen(self, call: Call) -> AsyncGenerator[ServerSentEvent | None]:
        """Events as they come."""
        with translated():
            response = self._http.send(request_of(self._http, call, SILENCE_SECONDS), stream=True)
            try:
                if not response.is_success:
                    response.read()
                    raise refusal_of(answer_of(response))
                stream = stream_of(response)
                yield None
                for event in stream:
                    yield event_of(event)
            finally:
                response.close()

    def now(self) -> float:
        """Monotonic."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Of the whole thread."""
        time.sleep(seconds)  # noqa: ASYNC251 - no loop runs here

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Among threads."""
        with self._lock:
            yield

    def close(self) -> None:
        """Close all connections."""
        self._http.close()
