"""Redis may be killed, hung, emptied or fed with nonsense: submitting answers, nothing is lost, work goes on."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest
from redis.exceptions import OutOfMemoryError

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import BELLS, SLACK, Cluster
from tests.integration.faults.load import load
from tests.integration.processes.running import wait_for

# Promised is a second; so long an answer may take on a machine that is busy with other tests.
PATIENCE = 1 + SLACK / 2


@contextmanager
def submitting_answers_soon(client: Client, random: Random) -> Iterator[None]:
    """Under load; all but one answer in a hundred."""
    first = len(client.ledger.answers)
    with load(client, random):
        yield
    submits = [answer for answer in client.ledger.answers[first:] if answer.what == "POST /v1/jobs"]
    assert {answer.status for answer in submits} == {202}
    times = sorted(answer.seconds for answer in submits)
    assert times[int(len(times) * 0.99)] < PATIENCE, times[-5:]


def test_with_redis_killed_jobs_are_taken_at_once_and_run(
    cluster: Cluster, client: Client, random: Random
) -> None:
    with submitting_answers_soon(client, random):
        cluster.valkey.end(signal.SIGKILL)
        time.sleep(1)
        assert client.until(client.submit("echo", 1), seconds=SLACK)["status"] == "SUCCESS"
        cluster.valkey.start()
        assert client.until(client.submit("echo", 1), seconds=10)["status"] == "SUCCESS"


def test_with_redis_hung_jobs_are_taken_at_once_and_run(
    cluster: Cluster, client: Client, random: Random
) -> None:
    with submitting_answers_soon(client, random):
        with cluster.valkey.frozen():
            time.sleep(3)
            assert client.until(client.submit("echo", 1), seconds=SLACK)["status"] == "SUCCESS"
        assert client.until(client.submit("echo", 1), seconds=10)["status"] == "SUCCESS"


def test_with_redis_full_jobs_are_taken_at_once_and_run(
    cluster: Cluster, client: Client, random: Random
) -> None:
    with cluster.redis() as redis, submitting_answers_soon(client, random):
        redis.config_set("maxmemory", 1)
        with pytest.raises(OutOfMemoryError):
            redis.set("more", 1)
        # Everybody has to connect anew while there is no room.
        redis.execute_command("CLIENT KILL", "TYPE", "normal")
        time.sleep(3)
        assert client.until(client.submit("echo", 1), seconds=SLACK)["status"] == "SUCCESS"
        redis.config_set("maxmemory", 0)
        assert client.until(client.submit("echo", 1), seconds=SLACK)["status"] == "SUCCESS"


def test_redis_emptied_with_five_hundred_jobs_waiting_loses_none(cluster: Cluster, client: Client) -> None:
    with cluster.worker.frozen(), cluster.redis() as redis:
        for number in range(500):
            client.submit("echo", number)
        redis.flushall()


def test_redis_restarted_five_times_under_load_loses_nothing_and_work_is_back_soon(
    cluster: Cluster, client: Client, random: Random
) -> None:
    with submitting_answers_soon(client, random):
        for _ in range(5):
            cluster.valkey.restart(signal.SIGKILL)
            time.sleep(random.random())
    began = time.monotonic()
    jobs = [client.submit("echo", number) for number in range(100)]
    for job in jobs:
        client.until(job)
    assert time.monotonic() - began < 10 + SLACK


def test_a_hundred_copies_of_a_ring_are_one_run_of_each_job(cluster: Cluster, client: Client) -> None:
    with cluster.redis() as redis:
        with cluster.worker.frozen():
            # The frozen worker may still get the first ring into its socket.
            jobs = [client.submit("echo", number) for number in range(3)]
            wait_for(lambda: client.submit("echo") and redis.llen(BELLS))
            ring = redis.lindex(BELLS, 0)
            redis.lpush(BELLS, *[ring] * 100)
        for job in jobs:
            client.until(job)
            assert [step["cause"] for step in client.timeline(job)] == ["submitted", "claimed", "succeeded"]
        wait_for(lambda: not redis.llen(BELLS))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"nonsense",
        b"{}",
        b"[]",
        b"null",
        b'{"body": 7, "properties": 7}',
        b"\xff\xfe\x00",
        "unknown task",
        "no task",
        "pickled",
        "wrong body",
        "strange encoding",
    ],
)
def test_a_ring_that_nobody_understands_is_dropped_and_the_worker_goes_on(
    cluster: Cluster, client: Client, message: bytes | str
) -> None:
    with cluster.redis() as redis:
        redis.lpush(BELLS, message if isinstance(message, bytes) else _changed(cluster, client, message))
        wait_for(lambda: not redis.llen(BELLS))
    assert client.until(client.submit("echo", 1), seconds=SLACK)["status"] == "SUCCESS"
    assert cluster.worker.is_up()


def _changed(cluster: Cluster, client: Client, how: str) -> bytes:
    """A real ring, with one thing wrong."""
    changes = {
        "unknown task": (b"jobproc.bell", b"jobproc.door"),
        "no task": (b'"task"', b'"tusk"'),
        "pickled": (b"application/json", b"application/x-python-serialize"),
        "wrong body": (b'"body": "', b'"body": "!'),
        "strange encoding": (b'"utf-8"', b'"utf-99"'),
    }
    with cluster.redis() as redis, cluster.worker.frozen():
        wait_for(lambda: client.submit("echo") and redis.llen(BELLS))
        ring = redis.lpop(BELLS)
    assert isinstance(ring, bytes)
    before, after = changes[how]
    assert before in ring, ring
    return ring.replace(before, after)
