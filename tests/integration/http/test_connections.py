"""What a connection may cost: who is slow, waits or wants another protocol takes nothing from the others."""

import asyncio
import json
import socket
import time
from contextlib import suppress

import httpx2
import pytest

from jobproc.adapters.http import docs
from jobproc.entrypoints.settings import Settings
from tests.integration.http.sockets import HOST, connect, drip, everything, quick_server
from tests.integration.processes.running import PASSWORD

JSON = b"Content-Type: application/json\r\n"
LIVE = b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\n"
OFFER = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n"
LARGE_FILE = "swagger-ui/swagger-ui-bundle.js"
TIMES = 5


def test_no_socket_may_take_its_time(memory: Settings) -> None:
    """Neither before its headers, nor in them, nor with a body, nor with the rest of one that was refused."""

    async def check() -> None:
        async with quick_server(memory) as port:
            login = b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
            slow = (
                (b"", b""),
                (login + b"X: ", b"a"),
                (login + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
                (login + b"Content-Length: 9000000\r\n\r\n{", b" "),
            )
            answers = await asyncio.gather(*(asyncio.to_thread(drip, port, *each) for each in slow))
        assert [answer[9:12] for answer in answers] == [b"", b"", b"408", b"413"]

    asyncio.run(check())


def test_who_waits_longest_makes_room_and_who_is_served_stays(memory: Settings) -> None:
    """Waiting is also who has not sent all of a request."""

    async def check() -> None:
        async with quick_server(memory, most=5) as port:
            token = await asyncio.to_thread(register, port)
            follow = b"GET /v1/events HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + token + b"\r\n\r\n"
            streams = [await asyncio.to_thread(connect, port, follow) for _ in range(8)]
            for each in streams:
                assert await asyncio.to_thread(each.recv, 12) == b"HTTP/1.1 200"
            half = b"POST /v1/auth/refresh HTTP/1.1\r\n" + HOST + JSON + b"Content-Length: 9\r\n\r\n{"
            waiting = []
            for start in (half, b"", half, b"", b"", b"", b""):
                waiting.append(await asyncio.to_thread(connect, port, start))
                await asyncio.sleep(0.02)
            for each in waiting[:2]:
                assert await asyncio.to_thread(everything, each) == b""
            await asyncio.to_thread(waiting[2].sendall, b'"a":"b"}')
            assert await asyncio.to_thread(waiting[2].recv, 12) == b"HTTP/1.1 422"
            await asyncio.to_thread(waiting[-1].sendall, LIVE)
            assert await asyncio.to_thread(waiting[-1].recv, 12) == b"HTTP/1.1 200"
            for each in streams:
                each.setblocking(False)
                assert each.recv(65_536)
                with pytest.raises(BlockingIOError):
                    each.recv(1)
            for each in (*streams, *waiting):
                each.close()

    asyncio.run(check())


def register(port: int) -> bytes:
    """The token of a new user."""
    body = {"username": "ada", "password": PASSWORD}
    url = f"http://127.0.0.1:{port}/register"
    return str(httpx2.post(url, json=body, trust_env=False).json()["access_token"]).encode()


@pytest.mark.parametrize("start", [b"0\r\nX: ", b"2;", b"0" * 10])
def test_what_has_no_end_is_cut_off_behind_a_head_as_well(memory: Settings, start: bytes) -> None:
    async def check() -> None:
        async with quick_server(memory) as port:
            head = b"POST /login HTTP/1.1\r\n" + HOST + JSON + b"Transfer-Encoding: chunked\r\n\r\n"
            client = await asyncio.to_thread(connect, port, head + start + b"a" * 1_000_000)
            answer = await asyncio.to_thread(everything, client)
        assert answer[9:12] in (b"431", b"400", b"")
        assert answer.count(b"HTTP/1.1 ") <= 1

    asyncio.run(check())


def test_who_takes_nothing_of_an_answer_is_cut_off_and_who_is_slow_gets_all(memory: Settings) -> None:
    # More than the buffers of the system hold.
    size = TIMES * (docs.ASSETS / LARGE_FILE).stat().st_size
    request = f"GET /docs/assets/{LARGE_FILE} HTTP/1.1\r\n".encode() + HOST
    requests = (request + b"\r\n") * (TIMES - 1) + request + b"Connection: close\r\n\r\n"

    async def check() -> None:
        async with quick_server(memory) as port:
            gone, slow = await asyncio.gather(
                asyncio.to_thread(take, port, requests, first=3.5),
                asyncio.to_thread(take, port, requests, then=0.01),
            )
        assert gone < size < slow

    asyncio.run(check())


def take(port: int, request: bytes, *, first: float = 0, then: float = 0) -> int:
    """How many bytes come for a reader with a small buffer that pauses so long."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.settimeout(10)
    client.connect(("127.0.0.1", port))
    client.sendall(request)
    time.sleep(first)
    taken = 0
    with client, suppress(ConnectionResetError):
        while chunk := client.recv(1_000_000):
            taken += len(chunk)
            time.sleep(then)
    return taken


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_an_offer_of_another_protocol_is_answered_as_the_request_that_it_is(
    memory: Settings, framing: str
) -> None:
    """As curl and Java's client make one; what looks like a request in the body is none."""
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    smuggled = LIVE + body

    def sent(body: bytes, framing: str) -> bytes:
        head = b"POST /register HTTP/1.1\r\n" + HOST + JSON + OFFER
        if framing == "length":
            return head + b"Content-Length: %d\r\n\r\n" % len(body) + body
        return head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"

    async def check() -> None:
        async with quick_server(memory) as port:
            both = sent(body, framing) + LIVE.replace(b"\r\n\r\n", b"\r\n" + OFFER + b"\r\n") + LIVE
            end = LIVE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            client = await asyncio.to_thread(connect, port, both + end)
            answers = (await asyncio.to_thread(everything, client)).split(b"HTTP/1.1 ")[1:]
            assert [answer[:3] for answer in answers] == [b"200", b"200", b"200", b"200"]
            assert b"access_token" in answers[0]
            head, _, rest = sent(smuggled, framing).partition(b"\r\n\r\n")
            client = await asyncio.to_thread(connect, port, head + b"\r\n\r\n")
            await asyncio.to_thread(client.sendall, rest + end)
            answers = (await asyncio.to_thread(everything, client)).split(b"HTTP/1.1 ")[1:]
            assert [answer[:3] for answer in answers] == [b"400", b"200"]

    asyncio.run(check())


def test_what_comes_amid_an_answer_and_is_no_request_ends_it_without_a_word(memory: Settings) -> None:
    async def check() -> None:
        async with quick_server(memory) as port:
            token = await asyncio.to_thread(register, port)
            follow = b"GET /v1/events HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " + token + b"\r\n\r\n"
            with await asyncio.to_thread(connect, port, follow) as client:
                begun = await asyncio.to_thread(client.recv, 65_536)
                await asyncio.to_thread(client.sendall, b"nonsense\r\n\r\n")
                rest = await asyncio.to_thread(everything, client)
        assert begun.startswith(b"HTTP/1.1 200")
        assert b"HTTP/1.1" not in rest

    asyncio.run(check())
