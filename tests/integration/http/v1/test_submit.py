"""`POST /v1/jobs`: what is accepted, what is refused, and what a repeated request gives."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.integration.http.service import Service

pytestmark = pytest.mark.anyio
JOB = {"operation": "square_sum", "data": [1, 2, 3]}


async def test_a_submission_answers_202_with_the_job_its_place_and_when_to_ask_again(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    answer = await ada.post("/v1/jobs", JOB)
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["Location"] == f"/v1/jobs/{job['id']}"
    assert (answer.headers["ETag"], answer.headers["Retry-After"]) == ('"1"', "1")
    assert UUID(job["id"]).version == 7
    times = {name: job.pop(name) for name in ("created_at", "run_at")}
    assert all(time.endswith("Z") for time in times.values())
    assert job == {
        "id": job["id"],
        "operation": "square_sum",
        "status": "PENDING",
        "data": [1, 2, 3],
        "result": None,
        "error": None,
        "priority": 0,
        "tags": [],
        "batch_id": None,
        "attempt": 0,
        "max_attempts": 3,
        "timeout_seconds": 300,
        "progress": None,
        "started_at": None,
        "finished_at": None,
        "expires_at": None,
        "version": 1,
    }


async def test_every_option_is_kept_and_shown(idle_service: Service) -> None:
    options = {"priority": -100, "timeout_seconds": 0.5, "max_attempts": 100, "tags": ["nightly", "é"]}
    answer = await (await idle_service.register()).post("/v1/jobs", JOB | options)
    job = answer.json()
    assert {name: job[name] for name in options} == options


async def test_data_comes_back_exactly_as_it_was_sent(idle_service: Service) -> None:
    ada = await idle_service.register()
    huge = "[9007199254740993,  -0, 1" + "0" * 500 + "]"
    answer = await idle_service.send("/v1/jobs", '{"operation":"cube_sum","data":' + huge + "}", ada)
    assert f'"data":{huge}' in answer.text


@pytest.mark.parametrize("option", [{"delay_seconds": 3600}, {"delay_seconds": 0.5}])
async def test_a_delayed_job_is_scheduled(idle_service: Service, option: dict[str, float]) -> None:
    ada = await idle_service.register()
    answer = await ada.post("/v1/jobs", JOB | option)
    job = answer.json()
    waits = datetime.fromisoformat(job["run_at"]) - datetime.fromisoformat(job["created_at"])
    assert job["status"] == "SCHEDULED"
    assert waits == timedelta(seconds=option["delay_seconds"])
    assert int(answer.headers["Retry-After"]) == max(1, int(option["delay_seconds"]))


async def test_a_dated_job_is_scheduled_for_the_same_moment_in_utc(idle_service: Service) -> None:
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    there = at.astimezone(tz=None).isoformat()
    job = await (await idle_service.register()).submit_v1(run_at=there)
    assert job["status"] == "SCHEDULED"
    assert datetime.fromisoformat(job["run_at"]) == at


async def test_the_past_means_now(idle_service: Service) -> None:
    job = await (await idle_service.register()).submit_v1(run_at="2001-01-01T00:00:00+02:00")
    assert (job["status"], job["run_at"]) == ("PENDING", job["created_at"])


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"priority": 101}, "/priority"),
        ({"priority": 1.0}, "/priority"),
        ({"priority": True}, "/priority"),
        ({"priority": None}, "/priority"),
        ({"timeout_seconds": 0}, "/timeout_seconds"),
        ({"timeout_seconds": 86_401}, "/timeout_seconds"),
        ({"timeout_seconds": 10**400}, "/timeout_seconds"),
        ({"max_attempts": 0}, "/max_attempts"),
        ({"max_attempts": 101}, "/max_attempts"),
        ({"max_attempts": "3"}, "/max_attempts"),
        ({"retention_seconds": -1}, "/retention_seconds"),
        ({"retention_seconds": 31_536_001}, "/retention_seconds"),
        ({"delay_seconds": -0.1}, "/delay_seconds"),
        ({"delay_seconds": 31_536_001}, "/delay_seconds"),
        ({"delay_seconds": 1, "run_at": "2026-01-01T00:00:00Z"}, "/delay_seconds"),
        ({"run_at": "2026-01-01T00:00:00"}, "/run_at"),
        ({"run_at": "2026-13-01T00:00:00Z"}, "/run_at"),
        ({"run_at": "0001-01-01T00:00:00+23:59"}, "/run_at"),
        ({"run_at": "9998-01-01T00:00:00Z"}, "/run_at"),
        ({"run_at": 1_700_000_000}, "/run_at"),
        ({"tags": "nightly"}, "/tags"),
        ({"tags": [""]}, "/tags/0"),
        ({"tags": ["x", "y" * 65]}, "/tags/1"),
        ({"tags": ["x"] * 21}, "/tags"),
        ({"status": "SUCCESS"}, "/status"),
        ({"owner": "bob", "id": "1"}, "/owner"),
        ({"a/b~c": 1}, "/a~1b~0c"),
        ({"data": [1, "2"]}, "/data/1"),
        ({"data": [1, True]}, "/data/1"),
    ],
)
async def test_a_wrong_value_is_refused_with_a_pointer_to_it(
    idle_service: Service, wrong: dict[str, Any], pointer: str
) -> None:
    answer = await (await idle_service.register()).post("/v1/jobs", JOB | wrong)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("missing", ["operation", "data"])
async def test_what_is_missing_is_named(idle_service: Service, missing: str) -> None:
    body = {name: value for name, value in JOB.items() if name != missing}
    answer = await (await idle_service.register()).post("/v1/jobs", body)
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"/{missing}"]


async def test_an_unknown_operation_is_refused_with_the_known_ones(idle_service: Service) -> None:
    answer = await (await idle_service.register()).post("/v1/jobs", JOB | {"operation": "nope"})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-operation")
    assert "cube_sum, square_sum" in answer.json()["detail"]
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/operation"]


@pytest.mark.parametrize("path", ["/jobs", "/v1/jobs"])
async def test_fifty_equal_requests_at_once_make_one_job(idle_service: Service, path: str) -> None:
    ada = await idle_service.register()
    answers = await asyncio.gather(*(ada.post(path, JOB, idempotency_key="once") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200 if path == "/jobs" else 202}
    assert len({answer.json().get("job_id") or answer.json()["id"] for answer in answers}) == 1
    fresh = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]
    assert len(fresh) == 1
    assert {answer.headers.get("Idempotent-Replayed") for answer in answers} == {None, "true"}


async def test_a_repeated_request_shows_the_job_in_its_present_state(service: Service) -> None:
    ada = await service.register()
    first = (await ada.post("/v1/jobs", JOB, idempotency_key="again")).json()
    await ada.until(first["id"])
    second = await ada.post("/v1/jobs", JOB, idempotency_key="again")
    assert (second.status_code, second.json()["status"], second.json()["result"]) == (202, "SUCCESS", 14)


async def test_a_key_with_another_body_is_refused(idle_service: Service) -> None:
    ada = await idle_service.register()
    await ada.post("/v1/jobs", JOB, idempotency_key="one")
    for body in (JOB | {"data": [1]}, JOB | {"priority": 1}, JOB | {"operation": "cube_sum"}):
        answer = await ada.post("/v1/jobs", body, idempotency_key="one")
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-mismatch")
        assert [error["pointer"] for error in answer.json()["errors"]] == ["/Idempotency-Key"]


async def test_keys_are_one_space_over_both_surfaces_and_belong_to_the_user(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    mine = (await ada.post("/v1/jobs", JOB, idempotency_key="shared")).json()["id"]
    same = (await ada.post("/jobs", JOB, idempotency_key="shared")).json()["job_id"]
    theirs = (await bob.post("/v1/jobs", JOB, idempotency_key="shared")).json()["id"]
    assert mine == same
    assert theirs != mine


async def test_a_refused_request_does_not_use_its_key_up(idle_service: Service) -> None:
    ada = await idle_service.register()
    assert (await ada.post("/v1/jobs", JOB | {"data": "x"}, idempotency_key="k")).status_code == 422
    answer = await ada.post("/v1/jobs", JOB, idempotency_key="k")
    assert answer.status_code == 202
    assert "Idempotent-Replayed" not in answer.headers


@pytest.mark.parametrize("path", ["/jobs", "/v1/jobs"])
@pytest.mark.parametrize("key", ["", "x" * 256, "with space", "tab\t", "é"])
async def test_a_key_that_is_not_1_to_255_visible_ascii_characters_is_refused(
    idle_service: Service, path: str, key: str
) -> None:
    ada = await idle_service.register()
    headers = [(b"idempotency-key", key.encode("latin-1"))]
    headers += [(name.encode(), value.encode()) for name, value in ada.headers.items()]
    answer = await idle_service.client.post(path, json=JOB, headers=headers)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.text
