"""A cancel holds at once, wherever the job is, and never meets a result."""

import time
from concurrent.futures import ThreadPoolExecutor
from random import Random
from statistics import median

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import SLACK, Cluster
from tests.integration.processes.running import alive, wait_for

# Longer than an answer is on its way, or no cancel would come in time on a busy machine.
NAP_SECONDS = 0.04


def test_what_waits_is_cancelled_and_never_begun(cluster: Cluster, client: Client) -> None:
    with cluster.worker.frozen():
        waiting = [client.submit("note", str(cluster.folder / "never")) for _ in range(3)]
        assert [client.cancel(job) for job in waiting] == [200] * 3
    dated = client.submit("note", str(cluster.folder / "never"), delay_seconds=1)
    assert client.cancel(dated) == 200
    time.sleep(1.5)
    assert {client.job(job)["status"] for job in (*waiting, dated)} == {"CANCELLED"}
    assert not (cluster.folder / "never").exists()


def test_what_runs_is_cancelled_at_once_and_its_process_is_gone_within_two_seconds(
    cluster: Cluster, client: Client
) -> None:
    job = client.submit("linger", str(cluster.folder / "pid"))
    wait_for(lambda: (cluster.folder / "pid").exists() and (cluster.folder / "pid").read_text())
    pid = int((cluster.folder / "pid").read_text())
    assert client.cancel(job) == 200
    assert client.job(job)["status"] == "CANCELLED"
    wait_for(lambda: not alive({pid}), 2 + SLACK)


def test_what_is_final_is_not_cancelled(client: Client) -> None:
    for operation in ("echo", "fail"):
        job = client.submit(operation)
        ended = client.until(job)
        assert client.cancel(job) == 409
        assert client.job(job) == ended


def test_a_cancel_that_races_the_end_two_hundred_times_is_a_cancel_or_a_success(
    client: Client, random: Random
) -> None:
    with ThreadPoolExecutor(4) as users:
        # Within twice what a job takes here and now, so that each side wins sometimes.
        longest = 2 * median(users.map(lambda _: seconds_of_a_job(client), range(20)))
        pauses = [random.random() * longest for _ in range(200)]
        ends = list(users.map(lambda pause: race(client, pause), pauses))
    # A race that one side always wins would show nothing.
    assert set(ends) == {(200, "CANCELLED"), (409, "SUCCESS")}


def seconds_of_a_job(client: Client) -> float:
    began = time.monotonic()
    client.until(client.submit("nap", NAP_SECONDS))
    return time.monotonic() - began


def race(client: Client, pause: float) -> tuple[int | None, str]:
    job = client.submit("nap", NAP_SECONDS)
    time.sleep(pause)
    answer = client.cancel(job)
    return answer, str(client.until(job)["status"])


def test_a_retry_runs_again_what_was_cancelled_while_it_ran(cluster: Cluster, client: Client) -> None:
    job = client.submit("nap", 0.5)
    client.until(job, "IN_PROGRESS")
    assert client.cancel(job) == 200
    answer = client.ask("POST", f"/v1/jobs/{job}/retry")
    assert answer is not None
    assert answer.status_code == 202
    ended = client.until(job)
    assert (ended["status"], ended["attempt"], ended["version"]) == ("SUCCESS", 1, 6)
