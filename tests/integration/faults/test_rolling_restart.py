"""An upgrade: every process of the service is stopped and started again, one by one, while users go on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from tests.integration.faults.balancer import Balancer, balancing
from tests.integration.faults.client import IDLE_SECONDS, Client
from tests.integration.faults.cluster import DRAIN_SECONDS, Cluster, running_cluster
from tests.integration.faults.load import Work, load
from tests.integration.faults.oracle import Oracle
from tests.integration.processes.running import wait_for

# Within it every connection that is used brings an answer that ends it.
STOP_DELAY_SECONDS = IDLE_SECONDS + 0.5
# Sometimes one that outlasts the drain of a worker, which gives it back.
WORKS: list[Work] = [
    *[("echo", 7, {})] * 10,
    *[("square_sum", [1, 2, 3], {})] * 5,
    *[("nap", 0.2, {})] * 4,
    ("nap", DRAIN_SECONDS * 1.5, {"priority": -1}),
]
# Of a job that nothing has happened to.
CAUSES = {"submitted", "claimed", "given_back", "succeeded", "cancelled"}
TOLD = "SELECT DISTINCT step->>'cause' AS cause FROM jobs, jsonb_array_elements(timeline) AS step"


@pytest.fixture(scope="module")
def front() -> Iterator[tuple[Cluster, Balancer]]:
    """A service with two processes for HTTP behind a balancer, and two workers."""
    with running_cluster(workers=2, apis=2, STOP_DELAY_SECONDS=str(STOP_DELAY_SECONDS)) as running:
        ports = [int(running.parts[name].words[-1]) for name in ("api", "api-2")]
        with balancing(*ports) as (balancer, running.url):
            yield running, balancer


@pytest.fixture(scope="module")
def cluster(front: tuple[Cluster, Balancer]) -> Cluster:
    """It is reached through the balancer."""
    return front[0]


@contextmanager
def somebody_who_waits(client: Client) -> Iterator[None]:
    """All the time there is a request which lasts, while the block runs."""
    job = client.submit("echo", 1, delay_seconds=3600)
    over = threading.Event()

    def wait() -> None:
        while not over.is_set():
            client.ask("GET", f"/v1/jobs/{job}", headers={"Prefer": "wait=5"})

    waiter = threading.Thread(target=wait)
    waiter.start()
    try:
        yield
    finally:
        over.set()
        client.cancel(job)
        waiter.join()


def test_a_rolling_restart_of_everything_under_load_loses_no_request_and_no_job(
    front: tuple[Cluster, Balancer], client: Client, oracle: Oracle, random: Random
) -> None:
    cluster, balancer = front
    before = len(client.ledger.answers)
    with load(client, random, WORKS, pause=0.5), somebody_who_waits(client):
        for name in ("maintenance", "worker", "worker-2", "api", "api-2"):
            assert cluster.parts[name].stop(20) == 0, cluster.parts[name].text()
            cluster.start(name)
            wait_for(lambda: len(balancer.ready) == 2)
    answers = client.ledger.answers[before:]
    assert not [answer for answer in answers if answer.status not in (200, 202)]
    oracle.check(30)
    assert {row["cause"] for row in cluster.rows(TOLD)} <= CAUSES
