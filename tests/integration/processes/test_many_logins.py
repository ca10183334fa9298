"""A storm of logins leaves the rest of the service as it was."""

import json
import platform
import socket
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from jobproc.adapters.security.passwords import MEMORY_KIB, MOST_AT_ONCE
from tests.integration.processes.running import (
    PASSWORD,
    Visitor,
    free_port,
    resident_bytes,
    started,
    wait_for,
)

pytestmark = pytest.mark.slow

STORM = MOST_AT_ONCE + 36


def test_during_a_storm_of_logins_the_process_answers_and_its_memory_is_bounded(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        started(tmp_path, "api", "--port", str(port), PROFILE="memory") as api,
        Visitor.at(url) as ada,
        ThreadPoolExecutor(STORM) as pool,
    ):
        before = resident_bytes(api.process.pid)
        storm = [pool.submit(log_in, port) for _ in range(STORM)]
        times = []
        while not all(login.done() for login in storm):
            began = time.monotonic()
            assert ada.client.get("/livez").status_code == 200
            times.append(time.monotonic() - began)
            time.sleep(0.01)
        codes = Counter(login.result() for login in storm)
        assert set(codes) == {200, 503}
        assert codes[200] >= MOST_AT_ONCE
        assert statistics.median(times) < 0.1, times
        assert resident_bytes(api.process.pid) - before < 200_000_000


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="others give back by themselves, or cannot be told"
)
def test_once_nobody_logs_in_the_memory_of_hashes_is_given_back(tmp_path: Path) -> None:
    port = free_port()
    with (
        started(tmp_path, "api", "--port", str(port), PROFILE="memory") as api,
        Visitor.at(f"http://127.0.0.1:{port}"),
    ):
        assert log_in(port) == 200
        held = resident_bytes(api.process.pid)
        wait_for(lambda: held - resident_bytes(api.process.pid) > MEMORY_KIB * 1024 * 0.9)


def log_in(port: int) -> int:
    body = json.dumps({"username": "ada", "password": PASSWORD}).encode()
    head = b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
        client.sendall(head % len(body) + body)
        answer = client.recv(4096)
    assert answer[9:12] == b"200" or b"retry-after: " in answer
    return int(answer[9:12])
