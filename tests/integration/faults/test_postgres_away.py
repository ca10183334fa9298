"""Postgres may be restarted, or have no connection left: 503 and when to ask again, and then all goes on by itself."""

import signal
import time
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from tests.integration.faults.client import Answer, Client
from tests.integration.faults.cluster import GRACE, LEASE_SECONDS, SLACK, Cluster
from tests.integration.faults.load import load
from tests.integration.processes.running import alive, wait_for

# Promised are three seconds; so long an answer may take on a machine that is busy with other tests.
PATIENCE = 3 + SLACK / 2


def answers_since(client: Client, first: int) -> list[Answer]:
    answers = client.ledger.answers[first:]
    assert max(answer.seconds for answer in answers) < PATIENCE
    assert {answer.status for answer in answers} <= {200, 202, 503}
    assert all(answer.retry_after for answer in answers if answer.status == 503)
    return answers


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGQUIT], ids=["fast", "immediate"])
def test_postgres_restarted_three_times_under_load_is_outlived_by_everybody(
    cluster: Cluster, client: Client, random: Random, word: signal.Signals
) -> None:
    pids = {part.pid for part in cluster.parts.values()}
    first = len(client.ledger.answers)
    with load(client, random):
        for _ in range(3):
            time.sleep(random.random())
            with cluster.outage():
                cluster.postgres.end(word)
                time.sleep(random.random())
                cluster.postgres.start()
        time.sleep(GRACE)
        last = len(client.ledger.answers)
        time.sleep(0.5)
    assert any(answer.status == 503 for answer in answers_since(client, first))
    assert {answer.status for answer in answers_since(client, last)} <= {200, 202}
    assert pids == {part.pid for part in cluster.parts.values() if part.is_up()}


def test_a_job_in_hand_ends_well_although_postgres_crashes(cluster: Cluster, client: Client) -> None:
    job = client.submit("nap", 1.0)
    client.until(job, "IN_PROGRESS")
    with cluster.outage():
        cluster.postgres.restart(signal.SIGQUIT)
    # On a slow machine the lease may run out meanwhile.
    ended = client.until(job)
    assert (ended["status"], ended["attempt"]) in {("SUCCESS", 1), ("SUCCESS", 2)}


def test_a_worker_that_cannot_renew_its_lease_stops_the_work_by_itself(
    cluster: Cluster, client: Client
) -> None:
    job, file = client.submit("linger", str(cluster.folder / "pid")), cluster.folder / "pid"
    wait_for(lambda: file.exists() and file.read_text())
    pid = int(file.read_text())
    with cluster.outage(), cluster.postgres.frozen():
        wait_for(lambda: not alive({pid}), LEASE_SECONDS + SLACK)
    wait_for(lambda: cluster.worker.tells("job.stopped", job))
    # Another attempt has begun, or will soon.
    wait_for(lambda: client.cancel(job) == 200)


def test_a_hundred_requests_and_no_free_connection_are_refused_soon_and_then_all_is_well(
    cluster: Cluster, client: Client
) -> None:
    first = len(client.ledger.answers)
    with ThreadPoolExecutor(100) as requests, cluster.outage():
        with cluster.locked():
            asked = [
                requests.submit(client.try_submit, "echo", 1, f"crowd-{number}") for number in range(100)
            ]
            time.sleep(3)
        for each in asked:
            each.result()
    refused = [answer for answer in answers_since(client, first) if answer.status == 503]
    assert refused
    for number in range(100):
        assert client.submit("echo", number)


def test_who_asks_nothing_while_postgres_restarts_never_hears_of_it(cluster: Cluster, client: Client) -> None:
    for number in range(20):
        client.submit("echo", number)
    cluster.postgres.restart(signal.SIGINT)
    time.sleep(1)
    assert [client.try_submit("echo", number, f"idle-{number}") for number in range(5)].count(None) == 0


def test_a_postgres_that_lets_nobody_in_is_waited_for(cluster: Cluster, client: Client) -> None:
    name = cluster.rows("SELECT current_database() AS name")[0]["name"]
    first = len(client.ledger.answers)
    with cluster.outage(), cluster.connected() as (runner, connection):
        runner.run(connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0'))
        runner.run(
            connection.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jobproc'"
            )
        )
        client.try_submit("echo", 1, "nobody")
        time.sleep(1)
        client.try_submit("echo", 1, "nobody")
        runner.run(connection.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1'))
    assert [answer.status for answer in answers_since(client, first)] == [503, 503]
    client.submit("echo", 1)
