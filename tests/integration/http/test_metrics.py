"""`/metrics`: what was done shows, to those who may see it."""

import re

import pytest
from pydantic import SecretStr

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, client_of, serving, with_state

pytestmark = pytest.mark.anyio


async def numbers(service: Service) -> dict[str, float]:
    """Every series with its value."""
    answer = await service.client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=")
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


async def test_requests_are_counted_by_the_template_of_their_path(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        ada = await service.register()
        job = await ada.submit([1])
        await ada.get(f"/jobs/{job}/status")
        await ada.get(f"/jobs/{job}/status/")
        await ada.get(f"/v1/jobs/{job}")
        await service.client.get("/not/there")
        await service.client.request("BREW", "/livez")
        seen = await numbers(service)
    labels = 'method="GET",route="/jobs/{job_id}/status",status="200"'
    assert seen[f"jobproc_http_requests_total{{{labels}}}"] == 2
    assert seen['jobproc_http_requests_total{method="GET",route="/v1/jobs/{job_id}",status="200"}'] == 1
    assert seen['jobproc_http_requests_total{method="GET",route="none",status="404"}'] == 1
    assert seen['jobproc_http_requests_total{method="none",route="/livez",status="405"}'] == 1
    assert not any(job in series or "not/there" in series for series in seen)


async def test_a_jobs_way_is_counted_by_operation_and_outcome(service: Service) -> None:
    ada = await service.register()
    await ada.result(await ada.submit([1, 2]))
    seen = await numbers(service)
    assert seen['jobproc_jobs_submitted_total{operation="square_sum"}'] == 1
    outcome = 'cause="succeeded",operation="square_sum",status="SUCCESS"'
    assert seen[f"jobproc_attempts_total{{{outcome}}}"] == 1
    assert seen['jobproc_job_wait_seconds_count{operation="square_sum"}'] == 1
    assert seen['jobproc_job_run_seconds_count{operation="square_sum"}'] == 1
    assert seen["jobproc_jobs_claimed_total"] == 1
    assert seen["jobproc_workers"] >= 1
    assert seen["jobproc_worker_slots"] >= 2


async def test_the_queue_shows_its_depth_also_of_what_no_worker_knows(idle_service: Service) -> None:
    ada = await idle_service.register()
    for _ in range(3):
        await ada.submit([1])
    seen = await numbers(idle_service)
    assert seen['jobproc_queue_depth{operation="square_sum"}'] == 3
    assert seen['jobproc_queue_age_seconds{operation="square_sum"}'] >= 0
    if not seen["jobproc_workers"]:
        assert seen['jobproc_queue_unknown{operation="square_sum"}'] == 3


async def test_what_users_change_and_what_is_over_a_limit_is_counted(memory: Settings) -> None:
    async with serving(memory.model_copy(update={"rate_limit_submit": "1/minute"}), slots=0) as service:
        ada = await service.register()
        job = await ada.submit([1])
        assert (await ada.post("/jobs", {"data": [1], "operation": "square_sum"})).status_code == 429
        await ada.post(f"/v1/jobs/{job}/cancel")
        await ada.post(f"/v1/jobs/{job}/retry")
        seen = await numbers(service)
    assert seen['jobproc_http_requests_limited_total{traffic="submit"}'] == 1
    assert seen['jobproc_jobs_cancelled_total{operation="square_sum"}'] == 1
    assert seen['jobproc_jobs_retried_total{operation="square_sum"}'] == 1


async def test_the_pool_shows_how_much_of_it_is_used(production: Settings) -> None:
    async with serving(production.model_copy(update={"pool_size": 7}), slots=0) as service:
        seen = await numbers(service)
    assert seen["jobproc_pool_connections_limit"] == 7
    assert 0 <= seen["jobproc_pool_connections_in_use"] <= 7


@pytest.mark.parametrize(("given", "status"), [("", 401), ("Bearer wrong", 401), ("Bearer s3cret", 200)])
async def test_with_a_token_nothing_else_opens(memory: Settings, given: str, status: int) -> None:
    async with serving(memory.model_copy(update={"metrics_token": SecretStr("s3cret")}), slots=0) as service:
        answer = await service.client.get("/metrics", headers={"Authorization": given})
    assert answer.status_code == status
    assert status == 200 or "JOBPROC_METRICS_TOKEN" in answer.json()["detail"]


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
async def test_without_a_token_a_proxy_on_this_machine_does_not_open(memory: Settings, header: str) -> None:
    async with serving(memory, slots=0) as service:
        answer = await service.client.get("/metrics", headers={header: "127.0.0.1"})
    assert answer.status_code == 403


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("::1", 200), ("10.0.0.7", 403), ("", 403)])
async def test_without_a_token_only_this_machine_may_ask(memory: Settings, host: str, status: int) -> None:
    async with serving(memory, slots=0) as service:
        state = {"application": service.application}
        async with client_of(with_state(service.app, state), (host, 5)) as client:
            assert (await client.get("/metrics")).status_code == status


async def test_every_number_has_a_name_of_ours_and_words(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        text = (await service.client.get("/metrics")).text
    names = set(re.findall(r"^# HELP (\w+) \S", text, re.MULTILINE))
    assert names == set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert all(name.startswith(("jobproc_", "process_")) for name in names)
