"""What comes over HTTP that is no stream, no answer, or cannot be sent."""

import asyncio
import socket
import threading
from collections.abc import Callable
from itertools import islice

import httpx2
import pytest

from jobproc.client import AsyncClient, Client, ClientError, InvalidInput, Unavailable
from tests.unit.client.fake import ID

PAGE = httpx2.MockTransport(lambda request: httpx2.Response(200, html="<html>"))


def blocking(url: str, transport: httpx2.MockTransport | None = None) -> ClientError:
    """What a client raises that opens the stream of all jobs, and another that submits."""
    with Client(url, token="t\n" if transport is None else "t", patience=0, transport=transport) as client:
        with pytest.raises(ClientError) as caught:
            list(islice(client.events(), 1))
        return caught.value


def concurrent(url: str, transport: httpx2.MockTransport | None = None) -> ClientError:
    """The same on asyncio."""

    async def main() -> ClientError:
        token = "t\n" if transport is None else "t"
        async with AsyncClient(url, token=token, patience=0, transport=transport) as client:
            with pytest.raises(ClientError) as caught:
                await anext(client.events())
            return caught.value

    return asyncio.run(main())


Opening = Callable[..., ClientError]


@pytest.mark.parametrize("opening", [blocking, concurrent])
def test_a_page_is_no_stream(opening: Opening) -> None:
    error = opening("http://fake", PAGE)
    assert isinstance(error, Unavailable)
    assert "no stream" in error.detail


@pytest.mark.parametrize("opening", [blocking, concurrent])
def test_what_no_header_can_hold_is_refused_at_once(opening: Opening) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        error = opening(f"http://127.0.0.1:{server.getsockname()[1]}")
    assert isinstance(error, InvalidInput)


@pytest.mark.parametrize("data", ["\ud800", ["\udfff"]])
def test_what_utf_8_cannot_hold_is_refused_at_once(data: object) -> None:
    with Client("http://fake", token="t", transport=PAGE) as client, pytest.raises(InvalidInput):
        client.submit("square_sum", data)


def test_a_connection_that_breaks_in_the_middle_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].close(), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with Client(url, token="t", patience=0) as client, pytest.raises(Unavailable) as caught:
            client.job(ID)
    assert url in caught.value.detail
    assert caught.value.__cause__ is None
