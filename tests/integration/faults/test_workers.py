"""A worker may be killed, stopped or frozen at any moment: its jobs end once, and soon."""

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import DRAIN_SECONDS, LEASE_SECONDS, RECOVERY, SLACK, SLOTS, Cluster
from tests.integration.faults.oracle import at
from tests.integration.faults.parts import standing_still
from tests.integration.processes.running import alive, descendants, wait_for

WORKERS = 2
# Where another worker was in the way of the last claim, the next one locks what it looks at.
CLAIMS = ("UPDATE jobs SET status", "SELECT %FROM (VALUES")


def before_the_claim(cluster: Cluster, client: Client, file: Path) -> str:
    with cluster.worker.frozen():
        job = client.submit("note", str(file))
        with cluster.locked():
            cluster.worker.send(signal.SIGCONT)
            cluster.wait_until_blocked(*CLAIMS)
            cluster.worker.kill()
    return job


def after_the_claim(cluster: Cluster, client: Client, file: Path) -> str:
    with standing_still(descendants(cluster.worker.pid)):
        job = client.submit("note", str(file))
        client.until(job, "IN_PROGRESS")
        cluster.worker.kill()
    return job


def while_it_runs(cluster: Cluster, client: Client, file: Path) -> str:
    job = client.submit("note", str(file))
    wait_for(file.exists)
    cluster.worker.kill()
    return job


def while_it_runs_with_all_its_children(cluster: Cluster, client: Client, file: Path) -> str:
    job = client.submit("note", str(file))
    wait_for(file.exists)
    for pid in (cluster.worker.pid, *descendants(cluster.worker.pid)):
        os.kill(pid, signal.SIGKILL)
    cluster.worker.kill()
    return job


def before_the_result_is_recorded(cluster: Cluster, client: Client, file: Path) -> str:
    job = client.submit("note", str(file))
    wait_for(file.exists)
    with cluster.locked():
        cluster.wait_until_blocked("UPDATE jobs SET status")
        cluster.worker.kill()
    return job


def after_the_result_is_recorded(cluster: Cluster, client: Client, file: Path) -> str:
    job = client.submit("note", str(file))
    client.until(job)
    cluster.worker.kill()
    return job


MOMENTS = [
    before_the_claim,
    after_the_claim,
    while_it_runs,
    while_it_runs_with_all_its_children,
    before_the_result_is_recorded,
    after_the_result_is_recorded,
]


@pytest.mark.parametrize("killed", MOMENTS)
def test_a_job_whose_worker_is_killed_ends_once_and_within_lease_sweep_and_a_second(
    cluster: Cluster, client: Client, killed: Callable[[Cluster, Client, Path], str]
) -> None:
    file = cluster.folder / killed.__name__
    with cluster.parts["worker-2"].frozen():
        job = killed(cluster, client, file)
        since = time.time()
    client.until(job, seconds=RECOVERY + SLACK)
    steps = client.timeline(job)
    claims = [step for step in steps if step["cause"] == "claimed"]
    cluster.start("worker")
    assert len(claims) == 1 or at(claims[1]) - since <= RECOVERY + SLACK, steps
    # Each claim runs it once at most.
    assert len(file.read_text().splitlines()) <= len(claims), steps


def test_a_job_whose_child_is_killed_runs_again_within_a_second(cluster: Cluster, client: Client) -> None:
    file = cluster.folder / "child"
    job = client.submit("note", str(file))
    wait_for(file.exists)
    parts = cluster.worker, cluster.parts["worker-2"]
    # All at once, or the next attempt is killed, too.
    for pid in [pid for part in parts for pid in descendants(part.pid)]:
        os.kill(pid, signal.SIGKILL)
    since = time.time()
    assert client.until(job)["attempt"] == 2
    steps = client.timeline(job)
    assert [step["cause"] for step in steps[2:4]] == ["worker_crashed", "claimed"]
    assert at(steps[3]) - since < 1 + SLACK


def test_a_stopping_worker_ends_a_short_job_and_itself_well(cluster: Cluster, client: Client) -> None:
    with cluster.parts["worker-2"].frozen():
        job = client.submit("nap", DRAIN_SECONDS / 3)
        client.until(job, "IN_PROGRESS")
        assert cluster.worker.stop() == 0
        found = client.job(job)
    assert (found["status"], found["attempt"]) == ("SUCCESS", 1)
    assert "Traceback" not in cluster.worker.text()
    cluster.start("worker")


@pytest.mark.parametrize("times", [1, 2])
def test_a_stopping_worker_gives_a_long_job_back_and_the_attempt_does_not_count(
    cluster: Cluster, client: Client, times: int
) -> None:
    with cluster.parts["worker-2"].frozen():
        job = client.submit("nap", DRAIN_SECONDS * 3)
        client.until(job, "IN_PROGRESS")
        since = time.time()
        for _ in range(times):
            cluster.worker.send(signal.SIGTERM)
            time.sleep(0.2)
        assert cluster.worker.stop() == 0
        [*_, step] = client.timeline(job)
    assert (step["cause"], step["attempt"]) == ("given_back", 0)
    assert at(step) - since < DRAIN_SECONDS + 1 + SLACK
    assert client.until(job)["attempt"] == 1
    assert "Traceback" not in cluster.worker.text()
    cluster.start("worker")


@pytest.mark.parametrize("children", [False, True])
def test_a_worker_that_was_frozen_for_three_leases_is_refused_and_says_so(
    cluster: Cluster, client: Client, children: bool
) -> None:
    with cluster.parts["worker-2"].frozen():
        job = client.submit("nap", LEASE_SECONDS / 4)
        client.until(job, "IN_PROGRESS")
        frozen = cluster.worker.frozen(children=children)
        frozen.__enter__()
    began = time.monotonic()
    ended = client.until(job, seconds=RECOVERY + SLACK)
    assert (ended["status"], ended["attempt"]) == ("SUCCESS", 2)
    time.sleep(max(3 * LEASE_SECONDS - (time.monotonic() - began), 0))
    frozen.__exit__(None, None, None)
    refused = ("job.stale_report", "job.stopped")
    wait_for(lambda: any(cluster.worker.tells(event, job) for event in refused))
    assert client.job(job)["version"] == ended["version"]


def test_two_workers_and_one_job_two_hundred_times_are_one_claim_each(client: Client) -> None:
    jobs = [client.submit("echo", number) for number in range(200)]
    for job in jobs:
        client.until(job)
        assert [step["cause"] for step in client.timeline(job)] == ["submitted", "claimed", "succeeded"]


def test_children_of_a_killed_worker_end_with_it(cluster: Cluster, client: Client) -> None:
    # Those that an earlier test has ended are made anew when there is work for them.
    with cluster.parts["worker-2"].frozen():
        for _ in range(SLOTS):
            client.submit("nap", LEASE_SECONDS / 2)
        wait_for(lambda: len(descendants(cluster.worker.pid)) >= SLOTS, SLACK)
        children = descendants(cluster.worker.pid)
        cluster.worker.kill()
    wait_for(lambda: not alive(children), SLACK)
    cluster.start("worker")
