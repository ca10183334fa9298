"""An API that dies in the middle of a submission: the client asks again with its key, and has one job."""

import threading
from uuid import uuid4

import pytest

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import POOL_SIZE, Cluster


@pytest.mark.parametrize("committed", [True, False], ids=["before the ring", "before the commit"])
def test_an_api_killed_while_it_takes_a_job_makes_one_job_of_all_repetitions(
    cluster: Cluster, client: Client, committed: bool
) -> None:
    key = uuid4().hex
    # A statement that a connection has not met before is taken apart first, and would be forgotten with its client.
    for number in range(2 * POOL_SIZE):
        client.submit("echo", number)
    asking = threading.Thread(target=client.try_submit, args=("echo", 1, key))
    with cluster.outage():
        with cluster.locked():
            asking.start()
            # Postgres goes on with it once it may, although nobody is there any more to hear of it, or to ring.
            server = cluster.wait_until_blocked("INSERT INTO jobs")
            cluster.api.kill()
            if not committed:
                cluster.rows("SELECT pg_terminate_backend($1, 5000)", server)
        asking.join()
        cluster.start("api")
    stored = cluster.rows("SELECT id FROM jobs WHERE idempotency_key = $1", key)
    assert len(stored) == committed
    jobs = {client.try_submit("echo", 1, key) for _ in range(3)}
    [row] = cluster.rows("SELECT id FROM jobs WHERE idempotency_key = $1", key)
    assert jobs == {str(row["id"])}
    client.until(str(row["id"]))
    causes = [step["cause"] for step in client.timeline(str(row["id"]))]
    assert causes == ["submitted", "claimed", "succeeded"]


def test_an_api_that_dies_for_good_stops_no_work(cluster: Cluster, client: Client) -> None:
    jobs = [client.submit("nap", 0.2) for _ in range(4)]
    with cluster.outage():
        cluster.api.kill()
        cluster.start("api")
    for job in jobs:
        assert client.until(job)["status"] == "SUCCESS"
