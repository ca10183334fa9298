"""One job of `/v1`: read it, its result, its timeline; cancel it, retry it."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from jobproc.domain.jobs import Progress
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving

pytestmark = pytest.mark.anyio
SOME_ID = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"


async def test_a_job_is_followed_to_its_result(service: Service) -> None:
    ada = await service.register()
    job = await ada.until((await ada.submit_v1([1, 2, 3]))["id"])
    assert (job["status"], job["result"], job["attempt"], job["version"]) == ("SUCCESS", 14, 1, 3)
    result = await ada.get(f"/v1/jobs/{job['id']}/result")
    assert (result.status_code, result.text) == (200, "14")
    assert job["created_at"] <= job["started_at"] <= job["finished_at"] < job["expires_at"]


async def test_the_timeline_tells_every_change_oldest_first(service: Service) -> None:
    ada = await service.register()
    job = await ada.until((await ada.submit_v1())["id"])
    items = (await ada.get(f"/v1/jobs/{job['id']}/events")).json()["items"]
    assert [(item["version"], item["status"], item["attempt"], item["cause"]) for item in items] == [
        (1, "PENDING", 0, "submitted"),
        (2, "IN_PROGRESS", 1, "claimed"),
        (3, "SUCCESS", 1, "succeeded"),
    ]
    assert [items[0]["at"], items[-1]["at"]] == [job["created_at"], job["finished_at"]]


async def test_what_was_seen_already_is_not_sent_again(idle_service: Service) -> None:
    ada = await idle_service.register()
    path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    tag = (await ada.get(path)).headers["ETag"]
    for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = await ada.get(path, if_none_match=seen)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag), seen
    for unseen in ('"0"', "nonsense", tag.strip('"')):
        assert (await ada.get(path, if_none_match=unseen)).status_code == 200, unseen


async def test_the_tag_changes_with_the_stored_progress(idle_service: Service) -> None:
    ada = await idle_service.register()
    path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    work = idle_service.adapters.work()
    [claim] = await work.claim(uuid4(), ["square_sum"], limit=1, lease=timedelta(minutes=1))
    tags = [(await ada.get(path)).headers["ETag"]]
    for done in (1, 2):
        await work.report([claim._replace(progress=Progress(done, 3, "at it"))])
        shown = await ada.get(path)
        assert shown.json()["progress"] == {"done": done, "total": 3, "message": "at it"}
        tags.append(shown.headers["ETag"])
    assert len(set(tags)) == 3


async def test_there_is_no_result_before_the_end(idle_service: Service) -> None:
    ada = await idle_service.register()
    answer = await ada.get(f"/v1/jobs/{(await ada.submit_v1())['id']}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "result-not-ready")
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_cancelled_job_has_no_result(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    cancelled = await ada.post(f"/v1/jobs/{job}/cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "CANCELLED")
    assert cancelled.headers["ETag"] == '"2"'
    answer = await ada.get(f"/v1/jobs/{job}/result")
    assert (answer.status_code, answer.json()["code"]) == (409, "job-not-successful")


async def test_what_is_final_cannot_be_cancelled_and_the_refusal_says_what_is_allowed(
    service: Service,
) -> None:
    ada = await service.register()
    job = await ada.until((await ada.submit_v1())["id"])
    answer = await ada.post(f"/v1/jobs/{job['id']}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal-transition")
    assert re.search("SUCCESS.*Allowed from SUCCESS: none", answer.json()["detail"])


async def test_a_cancelled_job_can_be_retried_under_the_same_id_with_its_history(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    assert (await ada.post(f"/v1/jobs/{job}/retry")).status_code == 409
    await ada.post(f"/v1/jobs/{job}/cancel")
    retried = await ada.post(f"/v1/jobs/{job}/retry")
    assert retried.status_code == 202
    assert retried.headers["Location"] == f"/v1/jobs/{job}"
    assert (retried.json()["id"], retried.json()["status"], retried.json()["attempt"]) == (job, "PENDING", 0)
    items = (await ada.get(f"/v1/jobs/{job}/events")).json()["items"]
    assert [item["cause"] for item in items] == ["submitted", "cancelled", "retried"]
    await idle_service.application.worker.run_all_due()
    assert (await ada.until(job))["result"] == 14


async def test_why_a_job_failed_is_told_without_a_path_of_the_server(memory: Settings) -> None:
    settings = memory.model_copy(update={"operations": "tests.integration.http.echo"})
    async with serving(settings) as service:
        ada = await service.register()
        job = await ada.until((await ada.submit_v1("boom", "refuse"))["id"])
    assert job["error"] == {"code": "operation_failed", "type": "ValueError", "message": "boom"}
    assert job["result"] is None


@pytest.mark.parametrize("id", ["nope", "0" * 32, "{" + SOME_ID + "}", f"urn:uuid:{SOME_ID}", "' OR 1=1 --"])
async def test_what_is_no_id_is_refused(idle_service: Service, id: str) -> None:
    answer = await (await idle_service.register()).get(f"/v1/jobs/{id}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert answer.json()["errors"][0]["pointer"] == "/job_id"


async def test_an_id_is_the_same_in_either_case(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = (await ada.submit_v1())["id"]
    assert (await ada.get(f"/v1/jobs/{job.upper()}")).json()["id"] == job


async def test_the_request_id_is_kept_with_the_job(idle_service: Service) -> None:
    ada: Visitor = await idle_service.register()
    answer = await ada.post("/v1/jobs", {"operation": "square_sum", "data": []}, x_request_id="nightly-7")
    identity = await idle_service.application.authenticate(ada.token)
    [job] = (
        await idle_service.application.list_jobs(identity.user_id, before=None, limit=1, max_bytes=1)
    ).jobs
    assert (str(job.id), job.request_id) == (answer.json()["id"], "nightly-7")
