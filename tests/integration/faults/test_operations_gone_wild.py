"""Operations that do their worst cost one job, and nobody else."""

from typing import Any

import pytest

from tests.integration.faults.client import Client
from tests.integration.faults.cluster import SLACK, Cluster


def failed(client: Client, operation: str, data: Any = None, **options: Any) -> dict[str, Any]:
    job = client.until(client.submit(operation, data, **options))
    assert job["status"] == "FAILED", job
    return job


@pytest.mark.parametrize("operation", ["spin", "power"])
def test_an_endless_loop_fails_by_timeout_and_its_neighbours_go_on(client: Client, operation: str) -> None:
    endless = client.submit(operation, timeout_seconds=1)
    client.until(endless, "IN_PROGRESS")
    neighbours = [client.submit("echo", number) for number in range(20)]
    assert all(client.until(each, seconds=SLACK)["status"] == "SUCCESS" for each in neighbours)
    job = client.until(endless, seconds=1 + 2 + SLACK)
    assert (job["error"]["code"], job["attempt"]) == ("timeout", 1)


def test_short_jobs_wait_for_no_long_one_of_the_same_operation_while_a_slot_is_free(
    cluster: Cluster, client: Client
) -> None:
    for job in [client.submit("doze", 0.001) for _ in range(5)]:
        client.until(job)
    with cluster.worker.frozen():
        long = client.submit("doze", 5, priority=1)
        short = [client.submit("doze", 0.001) for _ in range(20)]
    # Nobody can know which of them is long: one claim takes many.
    assert all(client.until(job, seconds=4)["status"] == "SUCCESS" for job in short)
    assert client.job(long)["status"] == "IN_PROGRESS"


@pytest.mark.parametrize(
    ("operation", "data", "code"),
    [
        ("hoard", 2 << 30, "memory_limit"),
        ("quit_hard", 0, "worker_crashed"),
        ("segfault", None, "worker_crashed"),
        ("kill_itself", None, "worker_crashed"),
    ],
)
def test_what_takes_its_process_along_fails_after_its_last_attempt(
    client: Client, operation: str, data: Any, code: str
) -> None:
    job = failed(client, operation, data, max_attempts=2)
    assert (job["error"]["code"], job["attempt"]) == (code, 2)
    causes = [step["cause"] for step in client.timeline(job["id"])]
    assert causes == ["submitted", "claimed", code, "claimed", code]


def test_leaving_politely_fails_at_once(client: Client) -> None:
    job = failed(client, "leave", max_attempts=3)
    assert (job["error"]["code"], job["attempt"]) == ("operation_failed", 1)


@pytest.mark.parametrize(
    ("operation", "data", "code"),
    [
        ("lie", None, "invalid_result"),
        *[("unstorable", kind, "invalid_result") for kind in ("set", "nan", "surrogate", "nul", "long")],
        ("fill", 20_000, "result_too_large"),
    ],
)
def test_a_result_that_cannot_be_kept_fails_and_every_reading_works(
    client: Client, operation: str, data: Any, code: str
) -> None:
    job = failed(client, operation, data)
    assert (job["error"]["code"], job["attempt"]) == (code, 1)
    for path in ("", "/events"):
        answer = client.ask("GET", f"/v1/jobs/{job['id']}{path}")
        assert answer is not None
        assert answer.status_code == 200
    answer = client.ask("GET", f"/v1/jobs/{job['id']}/result")
    assert answer is not None
    assert answer.status_code == 409


def test_what_raises_once_and_is_listed_is_tried_again(client: Client, cluster: Cluster) -> None:
    job = client.until(client.submit("raise_once", str(cluster.folder / "raised")))
    assert (job["status"], job["attempt"]) == ("SUCCESS", 2)


@pytest.mark.parametrize(("kind", "attempts"), [("listed", 2), ("unlisted", 1), ("base", 1)])
def test_what_always_raises_fails_after_the_attempts_it_is_worth_without_a_path(
    client: Client, kind: str, attempts: int
) -> None:
    job = failed(client, "raise_always", kind, max_attempts=2)
    assert (job["error"]["code"], job["attempt"]) == ("operation_failed", attempts)
    assert "/" not in job["error"]["message"]
    assert "Traceback" not in str(job)
