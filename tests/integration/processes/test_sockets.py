"""A real server and real sockets: bodies that lie about their size, and readers that come, go and take nothing."""

import json
import socket
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from tests.integration.processes.running import Program, Visitor, free_port, started, wait_for

KEPT_MEGABYTES = 24
BODY = b'{"operation":"square_sum","data":[1]}'


@dataclass(frozen=True, slots=True)
class Server:
    """A service in memory, and somebody who uses it."""

    program: Program
    port: int
    ada: Visitor

    @contextmanager
    def connected(self, *, takes: int | None = None) -> Iterator[socket.socket]:
        """A connection, whose other end may hold back no more than so many bytes."""
        with socket.socket() as client:
            if takes:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, takes)
            client.settimeout(20)
            client.connect(("127.0.0.1", self.port))
            yield client

    def head(self, line: str, *headers: str) -> bytes:
        """A request without its body."""
        own = [f"{name}: {value}" for name, value in self.ada.headers.items()]
        return "\r\n".join([f"{line} HTTP/1.1", "Host: jobproc", *own, *headers, "", ""]).encode()

    def megabytes(self) -> float:
        """What the process holds in memory."""
        pages = int(Path(f"/proc/{self.program.process.pid}/statm").read_text().split()[1])
        return pages * 4096 / 2**20

    def connections(self) -> int:
        """How many sockets it has open."""
        count = 0
        for each in Path(f"/proc/{self.program.process.pid}/fd").iterdir():
            # It may be closed while they are counted.
            with suppress(FileNotFoundError):
                count += str(each.readlink()).startswith("socket:")
        return count


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    port = free_port()
    folder = tmp_path_factory.mktemp("sockets")
    limits = {"RATE_LIMIT_AUTH": "off", "RATE_LIMIT_SUBMIT": "off", "RATE_LIMIT_READ": "off"}
    with (
        started(folder, "api", "--port", str(port), PROFILE="memory", **limits) as program,
        Visitor.at(f"http://127.0.0.1:{port}") as ada,
    ):
        yield Server(program, port, ada)


def status_of(client: socket.socket) -> int:
    return int(client.recv(65536).split(b" ", 2)[1])


POST = ("POST /v1/jobs", "Content-Type: application/json")


def test_a_body_that_says_to_be_too_large_is_413_before_it_is_sent(server: Server) -> None:
    for more in ((), ("Expect: 100-continue",)):
        with server.connected() as client:
            client.sendall(server.head(*POST, "Content-Length: 2000000", *more))
            assert status_of(client) == 413


def test_a_body_that_grows_without_end_is_one_413_and_takes_no_memory(server: Server) -> None:
    before = server.megabytes()
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    with server.connected() as client:
        client.sendall(server.head(*POST, "Transfer-Encoding: chunked"))
        # Who has answered need not listen to the rest.
        with suppress(OSError):
            for _ in range(64 * 16):
                client.sendall(chunk)
        assert server.megabytes() - before < KEPT_MEGABYTES
        assert status_of(client) == 413
    assert server.ada.client.get("/livez").status_code == 200


@pytest.mark.parametrize(
    "length",
    ["-5", "+2", "2, 3", "2\r\nContent-Length: 3", "2\r\nTransfer-Encoding: chunked", "9" * 30, "2x"],
)
def test_a_length_that_is_none_is_refused_and_the_connection_ends(server: Server, length: str) -> None:
    with server.connected() as client:
        client.sendall(server.head(*POST, f"Content-Length: {length}") + BODY)
        assert status_of(client) in (400, 413)
        while client.recv(65536):
            pass


def test_more_than_was_said_is_no_part_of_the_body_and_no_second_job(server: Server) -> None:
    before = len(server.ada.client.get("/v1/jobs", headers=server.ada.headers).json()["items"])
    with server.connected() as client:
        client.sendall(server.head(*POST, "Content-Length: 5") + BODY)
        assert status_of(client) == 400
    after = len(server.ada.client.get("/v1/jobs", headers=server.ada.headers).json()["items"])
    assert after == before


def test_less_than_was_said_is_no_job(server: Server) -> None:
    before = len(server.ada.client.get("/v1/jobs", headers=server.ada.headers).json()["items"])
    with server.connected() as client:
        client.sendall(server.head(*POST, f"Content-Length: {len(BODY) + 1}") + BODY)
    assert server.ada.client.get("/livez").status_code == 200
    after = len(server.ada.client.get("/v1/jobs", headers=server.ada.headers).json()["items"])
    assert after == before


def changed(server: Server, times: int) -> list[tuple[str, int]]:
    """So many jobs that are submitted for later and cancelled: every change there was of them."""
    done = []
    for _ in range(times):
        body = {"operation": "square_sum", "data": [1], "delay_seconds": 3600}
        job = server.ada.client.post("/v1/jobs", json=body, headers=server.ada.headers).json()["id"]
        server.ada.client.post(f"/v1/jobs/{job}/cancel", headers=server.ada.headers).raise_for_status()
        done += [(job, 1), (job, 2)]
    return done


def test_readers_that_vanish_leave_their_places_to_others(server: Server) -> None:
    idle, said = server.connections(), len(server.program.text())
    for farewell in (struct.pack("ii", 1, 0), None):
        clients = []
        for _ in range(50):
            client = socket.create_connection(("127.0.0.1", server.port), 20)
            client.sendall(server.head("GET /v1/events"))
            assert status_of(client) == 200
            clients.append(client)
        with server.connected() as one_more:
            one_more.sendall(server.head("GET /v1/events"))
            assert status_of(one_more) == 429
        for client in clients:
            if farewell:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, farewell)
            client.close()
        wait_for(lambda: server.connections() <= idle + 1)
    assert "Traceback" not in server.program.text()[said:]


def test_readers_that_take_nothing_cost_a_bounded_memory_and_hold_nobody_up(server: Server) -> None:
    changed(server, 5)
    idle, before = server.connections(), server.megabytes()
    with ExitStack() as stack:
        for _ in range(49):
            client = stack.enter_context(server.connected(takes=2048))
            client.sendall(server.head("GET /v1/events"))
        with events_of(server) as awake:
            wanted = changed(server, 100)
            assert [next(awake)[0] for _ in wanted] == wanted
        assert server.megabytes() - before < KEPT_MEGABYTES
    # Whoever comes next would find every place taken by readers that have only just gone.
    wait_for(lambda: server.connections() <= idle + 1)


def test_a_reader_that_comes_back_with_its_last_event_sees_each_change_once_while_they_go_on(
    server: Server,
) -> None:
    seen: list[tuple[str, int]] = []
    with ThreadPoolExecutor() as pool, events_of(server) as events:
        changing = [pool.submit(changed, server, 30) for _ in range(3)]
        last = take(events, 5, seen)
        while len(seen) < 180:
            # Each time the connection is cut in the midst of what comes.
            with events_of(server, last) as again:
                last = take(again, min(7, 180 - len(seen)), seen)
        wanted = [change for each in changing for change in each.result()]
    assert sorted(seen) == sorted(wanted)
    assert all(seen.index((job, 1)) < seen.index((job, 2)) for job, _ in wanted)


Told = tuple[tuple[str, int], str]


def take(events: Iterator[Told], most: int, seen: list[tuple[str, int]]) -> str:
    """So many events; the cursor of the last."""
    last = ""
    for _ in range(most):
        change, last = next(events)
        seen.append(change)
    return last


@contextmanager
def events_of(server: Server, last: str | None = None) -> Iterator[Iterator[Told]]:
    """The changes of all jobs, from now on or after that cursor: job and version, and the cursor of each."""
    headers = {**server.ada.headers, **({"Last-Event-ID": last} if last else {})}
    with server.ada.client.stream("GET", "/v1/events", headers=headers, timeout=20) as answer:
        answer.raise_for_status()
        yield parsed(answer)


def parsed(answer: httpx2.Response) -> Iterator[Told]:
    fields: dict[str, str] = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        fields[name] = value
        if not line:
            if "data" in fields:
                assert fields["event"] == "status", fields
                data = json.loads(fields["data"])
                yield (data["job"]["id"], data["version"]), fields["id"]
            fields = {}
