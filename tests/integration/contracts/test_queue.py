"""What every `JobQueue` promises: a ring arrives when it can, and never makes its caller wait."""

import asyncio
import socket
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import Callable, Iterator

import pytest
from celery import Celery

from jobproc.adapters.celery import queue as queues
from jobproc.adapters.celery.app import make_celery
from jobproc.adapters.celery.bell import BELL, QUEUE
from jobproc.adapters.celery.queue import ASK_EVERY, LARGEST_QUEUE, PAUSE_SECONDS, CeleryQueue
from jobproc.adapters.logs.sight import LogSight
from jobproc.adapters.memory.queue import MemoryQueue

pytestmark = pytest.mark.anyio

QUICK = 0.05


@pytest.fixture
def celery(redis_url: str) -> Iterator[Celery]:
    """An application over a real broker whose queue is empty."""
    app = make_celery(redis_url)
    with app.connection_for_write() as connection:
        connection.default_channel.queue_purge(QUEUE)
        yield app
        connection.default_channel.queue_purge(QUEUE)


@pytest.fixture
def silent_broker() -> Iterator[str]:
    """A broker that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def unused_broker() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def waiting(app: Celery) -> int:
    with app.connection_for_read() as connection:
        declared = connection.default_channel.queue_declare(queue=QUEUE, durable=True, auto_delete=False)
        return int(declared.message_count)


async def eventually(is_so: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:  # noqa: ASYNC110 - a broker sends no event
        await asyncio.sleep(0.01)
    return is_so()


def ring_in_time(queue: CeleryQueue | MemoryQueue) -> None:
    started = time.monotonic()
    for _ in range(100):
        queue.ring()
    assert time.monotonic() - started < QUICK


async def test_a_ring_in_memory_reaches_every_listener() -> None:
    queue, heard = MemoryQueue(), []
    queue.listen(lambda: heard.append("first"))
    queue.listen(lambda: heard.append("second"))
    queue.ring()
    assert heard == ["first", "second"]


async def test_a_ring_through_celery_reaches_a_consumer(celery: Celery, redis_url: str) -> None:
    async with CeleryQueue(redis_url, LogSight()) as queue:
        queue.ring()
        with celery.connection_for_read() as connection, connection.SimpleQueue(QUEUE, no_ack=True) as bells:
            message = bells.get(timeout=5)
    assert message.headers["task"] == BELL


EAR = """
import os, sys
from jobproc.adapters.celery.app import make_celery
from jobproc.adapters.celery.worker import serve_bells
serve_bells(make_celery(sys.argv[1]), on_bell=lambda: os.write(1, b"heard\\n"), on_stopping=lambda: None)
"""


async def test_a_worker_of_celery_understands_a_ring(celery: Celery, redis_url: str) -> None:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", EAR, redis_url, stdout=PIPE, stderr=PIPE
    )
    assert worker.stdout
    assert worker.stderr
    async with asyncio.timeout(30), CeleryQueue(redis_url, LogSight()) as queue:
        queue.ring()
        assert await worker.stdout.readline() == b"heard\n"
        worker.terminate()
        assert await worker.stderr.read() == b""
        assert await worker.wait() == 0


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each ring goes out by itself, and at once."""
    monkeypatch.setattr(queues, "GATHER_SECONDS", 0)
    monkeypatch.setattr(queues, "PAUSE_SECONDS", 0)


async def test_rings_without_a_worker_do_not_pile_up(
    celery: Celery, redis_url: str, in_a_hurry: None
) -> None:
    def rung_often() -> bool:
        queue.ring()
        return queue._rung > LARGEST_QUEUE * 3

    async with CeleryQueue(redis_url, LogSight()) as queue:
        assert await eventually(rung_often, seconds=30)
    assert LARGEST_QUEUE <= waiting(celery) <= LARGEST_QUEUE + ASK_EVERY


async def test_a_queue_that_was_full_rings_again_as_soon_as_its_bells_are_heard(
    celery: Celery, redis_url: str, in_a_hurry: None
) -> None:
    def is_full() -> bool:
        queue.ring()
        return queue._full

    async with CeleryQueue(redis_url, LogSight()) as queue:
        assert await eventually(is_full, seconds=30)
        with celery.connection_for_write() as connection:
            connection.default_channel.queue_purge(QUEUE)
        queue.ring()
        assert await eventually(lambda: waiting(celery) > 0)


async def test_many_rings_are_few_bells(celery: Celery, redis_url: str) -> None:
    began = time.monotonic()
    async with CeleryQueue(redis_url, LogSight()) as queue:
        for _ in range(500):
            queue.ring()
            await asyncio.sleep(0.001)
    # One is the last, which goes out at once.
    assert 2 <= waiting(celery) <= 2 + (time.monotonic() - began) / PAUSE_SECONDS


async def test_a_ring_never_waits_for_a_broker_that_is_away(unused_broker: str) -> None:
    async with CeleryQueue(unused_broker, LogSight()) as queue:
        ring_in_time(queue)


async def test_a_ring_never_waits_for_a_broker_that_hangs(silent_broker: str) -> None:
    async with CeleryQueue(silent_broker, LogSight()) as queue:
        ring_in_time(queue)
        await asyncio.sleep(0.2)
        ring_in_time(queue)


async def test_rings_go_out_again_once_the_broker_is_back(celery: Celery, redis_url: str) -> None:
    async with CeleryQueue(redis_url, LogSight()) as queue:
        queue.ring()
        assert await eventually(lambda: waiting(celery) == 1)
        with celery.connection_for_write() as connection:
            connection.default_channel.client.execute_command("CLIENT", "KILL", "TYPE", "normal")

        def rung_twice() -> bool:
            queue.ring()
            return waiting(celery) > 1

        # The ring that finds out is lost, and the next one comes after a pause.
        assert await eventually(rung_twice, seconds=20)


async def test_a_last_ring_is_out_when_the_queue_is_left_and_nobody_rings_otherwise(
    celery: Celery, redis_url: str
) -> None:
    async with CeleryQueue(redis_url, LogSight()) as queue:
        queue.ring()
    assert waiting(celery) == 1
    async with CeleryQueue(redis_url, LogSight()):
        await asyncio.sleep(0.05)
    assert waiting(celery) == 1


async def test_a_ring_that_nobody_hears_is_no_error() -> None:
    ring_in_time(MemoryQueue())
