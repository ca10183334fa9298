"""Calls as HTTP requests and HTTP responses as answers, for either kind of HTTP client."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from jobproc.client.core.calls import Answer, Call
from jobproc.client.core.wire import NoAnswer, ServerSentEvent
from jobproc.client.errors import InvalidInput, Unavailable

CONNECT_SECONDS = 5.0
# An open stream says something every 15 seconds.
SILENCE_SECONDS = 40.0
HEADERS = {"User-Agent": "jobproc-client", "Accept": "application/json, application/problem+json"}


def request_of(http: httpx2.Client | httpx2.AsyncClient, call: Call, seconds: float) -> httpx2.Request:
    """The request; each part of the answer may take so many seconds beside what the call waits for."""
    return http.build_request(
        call.method,
        call.path,
        params=list(call.query) or None,
        headers={**HEADERS, **call.sent()},
        content=call.body.encode() if call.body is not None else None,
        timeout=httpx2.Timeout(seconds + call.wait, connect=min(CONNECT_SECONDS, seconds)),
    )


def answer_of(response: httpx2.Response) -> Answer:
    """A response that was read."""
    return Answer(response.status_code, dict(response.headers), response.content)


def stream_of(response: httpx2.Response) -> httpx2.EventSource:
    """The events of a response that has just begun; what is no stream: `Unavailable`."""
    if not response.headers.get("content-type", "").startswith("text/event-stream"):
        raise Unavailable(
            "The answer is no stream of events: is there a proxy in between?", code="not-jobproc"
        )
    return httpx2.EventSource(response)


def event_of(event: httpx2.ServerSentEvent) -> ServerSentEvent:
    """An event of a stream."""
    return ServerSentEvent(event.event, event.id, event.data)


@contextmanager
def translated() -> Iterator[None]:
    """What goes wrong on the way is `NoAnswer`, what cannot be sent at all `InvalidInput`."""
    try:
        yield
    except (httpx2.LocalProtocolError, httpx2.UnsupportedProtocol, UnicodeEncodeError) as error:
        raise InvalidInput(f"The request cannot be sent: {error}", code="unsendable") from error
    except httpx2.RequestError as error:
        raise NoAnswer(str(error) or type(error).__name__) from error
