"""What the open internet sends is answered, refused or cut off; who behaves is served meanwhile."""

import json
import statistics
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import JSON, serving
from tests.integration.http.sockets import HOST, connect, everything
from tests.integration.processes.running import Program, Visitor, free_port, resident_bytes, started

WRONG = {
    "two lengths of which one is chunks": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks before a length": b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd",
    "a length with a sign": b"Content-Length: +4\r\n\r\nabcd",
    "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "another coding below the chunks": b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "two codings in two lines": b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a NUL in a header": b"X: a\x00b\r\n\r\n",
    "a space before a colon": b"X : a\r\n\r\n",
    "lines that end in LF alone": b"X: a\n\n",
}
LARGE = {
    "one header of 100 kB": b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    "20,000 headers": b"X: a\r\n" * 20_000 + b"\r\n",
    "101 headers": b"X: a\r\n" * 100 + b"\r\n",
    "a header without an end": b"X: " + b"a" * 1_000_000,
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, int]]:
    """A real process and its port."""
    port = free_port()
    folder = tmp_path_factory.mktemp("api")
    with (
        started(folder, "api", "--port", str(port), PROFILE="memory") as program,
        Visitor.at(f"http://127.0.0.1:{port}"),
    ):
        yield program, port


@pytest.mark.parametrize("path", ["/jobs", "/v1/jobs"])
@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_http_is_400_and_closed(api: tuple[Program, int], name: str, path: str) -> None:
    answer = everything(connect(api[1], f"POST {path} HTTP/1.1\r\n".encode() + HOST + WRONG[name]))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    _is_of_surface(head, json.loads(body), path)


@pytest.mark.parametrize("path", ["/jobs", "/v1/jobs"])
@pytest.mark.parametrize("name", LARGE)
def test_too_many_headers_are_431_and_closed(api: tuple[Program, int], name: str, path: str) -> None:
    answer = everything(connect(api[1], f"GET {path} HTTP/1.1\r\n".encode() + HOST + LARGE[name]))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    _is_of_surface(head, json.loads(body), path)


def test_many_headers_within_the_limit_are_taken(api: tuple[Program, int]) -> None:
    headers = HOST + b"Connection: close\r\n" + b"X: a\r\n" * 98 + b"\r\n"
    assert everything(connect(api[1], b"GET /livez HTTP/1.1\r\n" + headers)).startswith(b"HTTP/1.1 200 ")


def test_chunks_are_of_a_later_version(api: tuple[Program, int]) -> None:
    request = b"POST /v1/jobs HTTP/1.0\r\nTransfer-Encoding: chunked\r\nX-Request-Id: looking\r\n"
    answer = everything(connect(api[1], request + HOST + b"\r\n0\r\n\r\n"))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"\r\nx-request-id: looking\r\n" in answer
    assert b"\r\ndate: " in answer


STRANGE = (b"", b"a b", b"a/b", b"a?b", b"a@b", b"[", b"[::1", b"a:b", b"\xe9")


@pytest.mark.parametrize("hosts", [b"", HOST + HOST, *(b"Host: " + name + b"\r\n" for name in STRANGE)])
def test_without_one_host_it_is_400(api: tuple[Program, int], hosts: bytes) -> None:
    request = b"GET /v1/jobs HTTP/1.1\r\nConnection: close\r\n" + hosts + b"\r\n"
    head, _, body = everything(connect(api[1], request)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    _is_of_surface(head, json.loads(body), "/v1/jobs")


@pytest.mark.parametrize(
    ("length", "part"),
    [
        (b"Content-Length: 64000000", b" " * 1_000_000),
        (b"Transfer-Encoding: chunked", b"F4240\r\n" + b" " * 1_000_000 + b"\r\n"),
    ],
)
def test_a_large_body_is_the_same_413_and_takes_no_room(
    api: tuple[Program, int], length: bytes, part: bytes
) -> None:
    before = resident_bytes(api[0].process.pid)
    head = b"POST /register HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    client = connect(api[1], head + length + b"\r\n\r\n")
    with suppress(OSError):
        for _ in range(64):
            client.sendall(part)
    answer = client.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b'{"detail":"The body is larger than 1048576 bytes."}')
    client.close()
    assert resident_bytes(api[0].process.pid) - before < 30_000_000


def test_a_length_that_lies_is_no_second_request(api: tuple[Program, int]) -> None:
    request = (
        b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    )
    answer = everything(connect(api[1], request + b'{}{"username":"ada"}'))
    assert answer.count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 400 " in answer
    assert b"HTTP/1.1 2" not in answer


def test_a_header_behind_the_body_opens_no_door(api: tuple[Program, int]) -> None:
    with Visitor.at(f"http://127.0.0.1:{api[1]}", "/login") as ada:
        token = f"Authorization: {ada.headers['Authorization']}\r\n".encode()
    request = b"POST /v1/jobs HTTP/1.1\r\nConnection: close\r\n" + HOST
    chunks = b"Transfer-Encoding: chunked\r\n\r\n0\r\n"
    assert everything(connect(api[1], request + token + chunks + b"\r\n")).startswith(b"HTTP/1.1 415 ")
    assert everything(connect(api[1], request + chunks + token + b"\r\n")).startswith(b"HTTP/1.1 401 ")


def test_what_was_refused_leaves_no_trace_of_a_failure(api: tuple[Program, int]) -> None:
    for data in (b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n",):
        connect(api[1], data + b"Content-Length: 100\r\n\r\n{").close()
        everything(connect(api[1], data + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n"))
    with Visitor.at(f"http://127.0.0.1:{api[1]}", "/login"):
        assert "Traceback" not in api[0].text()


@pytest.mark.slow
def test_300_slow_sockets_do_not_slow_down_the_others(api: tuple[Program, int]) -> None:
    half = b"POST /login HTTP/1.1\r\n" + HOST
    body = half + b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    with (
        ExitStack() as stack,
        httpx2.Client(base_url=f"http://127.0.0.1:{api[1]}", trust_env=False) as client,
    ):
        for number in range(300):
            stack.enter_context(connect(api[1], (half, body, b"")[number % 3]))
        times = [_seconds(client, "/livez") for _ in range(100)]
    assert statistics.quantiles(times, n=20)[-1] < 0.2


@pytest.mark.anyio
async def test_every_answer_says_what_browsers_must_not_do_with_it(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        for path in ("/livez", "/v1/jobs", "/jobsList/", "/nothing", "/docs", "/problems/not-found"):
            headers = (await service.client.get(path)).headers
            assert headers["X-Content-Type-Options"] == "nosniff", path
            assert headers["Referrer-Policy"] == "no-referrer", path
            assert headers["Cache-Control"] == "no-store", path
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], path
            assert len(headers.get_list("Content-Security-Policy")) == 1, path
        assert "Cache-Control" not in (await service.client.get("/docs/assets/docs.js")).headers


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("jobs.example.com", 401),
        ("JOBS.example.com:8000", 401),
        ("eu.jobs.example.org", 401),
        ("example.org", 400),
        ("jobs.example.com.evil.net", 400),
        ("evil.net", 400),
    ],
)
async def test_only_the_names_that_are_allowed_are_ours(memory: Settings, host: str, status: int) -> None:
    settings = memory.model_copy(update={"allowed_hosts": "Jobs.example.com, *.jobs.example.org"})
    async with serving(settings, slots=0) as service:
        answer = await service.client.get("/v1/jobs", headers={"Host": host})
        assert answer.status_code == status
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert (await service.client.get("/livez", headers={"Host": host})).status_code == 200


@pytest.mark.anyio
async def test_pages_of_other_origins_may_call_only_where_they_are_listed(memory: Settings) -> None:
    asked = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "POST"}
    async with serving(memory, slots=0) as service:
        answer = await service.client.options("/v1/jobs", headers=asked)
        assert answer.status_code == 405
        assert "Access-Control-Allow-Origin" not in answer.headers
    listed = memory.model_copy(update={"cors_origins": "https://app.example.com"})
    async with serving(listed, slots=0) as service:
        asked["Access-Control-Request-Headers"] = "Authorization, Idempotency-Key"
        answer = await service.client.options("/v1/jobs", headers=asked)
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        assert "Access-Control-Allow-Credentials" not in answer.headers
        got = await service.client.get("/v1/jobs", headers={"Origin": "https://app.example.com"})
        assert "ETag" in got.headers["Access-Control-Expose-Headers"]
        other = await service.client.get("/v1/jobs", headers={"Origin": "https://evil.example.com"})
        assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize(("proxies", "allowed"), [("", 2), ("127.0.0.1", 4)])
def test_only_a_trusted_proxy_may_say_for_whom_it_asks(tmp_path: Path, proxies: str, allowed: int) -> None:
    port = str(free_port())
    limits = {"RATE_LIMIT_AUTH": "2/minute", "TRUSTED_PROXIES": proxies}
    with (
        started(tmp_path, "api", "--port", port, PROFILE="memory", **limits),
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        _wait_until_answered(client)
        answers = [
            client.post(
                "/login", content=b"{}", headers=JSON | {"X-Forwarded-For": f"6.6.6.6, 10.0.0.{number}"}
            )
            for number in (1, 1, 1, 2, 2, 2)
        ]
    assert sum(answer.status_code != 429 for answer in answers) == allowed


def _wait_until_answered(client: httpx2.Client) -> None:
    deadline = time.monotonic() + 40
    while True:
        try:
            client.get("/livez")
        except httpx2.TransportError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        else:
            return


def _seconds(client: httpx2.Client, path: str) -> float:
    began = time.monotonic()
    assert client.get(path).status_code == 200
    return time.monotonic() - began


def _is_of_surface(head: bytes, body: dict[str, Any], path: str) -> None:
    assert b"x-content-type-options: nosniff" in head
    if path.startswith("/v1/"):
        assert b"content-type: application/problem+json" in head
        assert f"x-request-id: {body['request_id']}".encode() in head
        assert body["type"] == f"/problems/{body['code']}"
    else:
        assert set(body) == {"detail"}
