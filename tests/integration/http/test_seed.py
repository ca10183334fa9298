"""The seed surface: every shape and code that its clients rely on."""

import asyncio
import re
from uuid import UUID, uuid4

import pytest

from jobproc.domain.jobs import Job
from jobproc.domain.submissions import Submission
from tests.integration.http.service import PASSWORD, Service

pytestmark = pytest.mark.anyio

PATHS = ["/register", "/login", "/jobs", "/jobsList", "/jobs/{id}/status", "/jobs/{id}/result"]
ADA = {"username": "ada", "password": PASSWORD}


async def test_the_seed_flow(service: Service) -> None:
    registered = await service.client.post("/register", json=ADA)
    assert registered.status_code == 200
    assert set(registered.json()) == {"access_token", "token_type"}
    assert registered.json()["token_type"] == "bearer"

    logged_in = await service.client.post("/login", json=ADA)
    assert logged_in.status_code == 200
    assert set(logged_in.json()) == {"access_token", "token_type"}

    headers = {"Authorization": f"Bearer {logged_in.json()['access_token']}"}
    body = {"data": [1, 2, 3], "operation": "square_sum"}
    submitted = await service.client.post("/jobs", json=body, headers=headers)
    assert submitted.status_code == 200
    job = submitted.json()["job_id"]
    assert submitted.json() == {"job_id": str(UUID(job)), "status": "PENDING"}

    visitor = await service.register("bob")
    assert (await visitor.get(f"/jobs/{job}/status")).status_code == 404
    result = await type(visitor)(service.client, logged_in.json()["access_token"]).result(job)
    assert result == {"status": "SUCCESS", "result": 14}

    status = await service.client.get(f"/jobs/{job}/status", headers=headers)
    assert (status.status_code, status.json()) == (200, {"status": "SUCCESS"})
    listed = await service.client.get("/jobsList/", headers=headers)
    assert listed.json() == {"jobs": [{"job_id": job, "status": "SUCCESS", "result": 14, **body}]}


async def test_a_job_waits_with_a_null_result(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = await ada.submit([1])
    assert (await ada.get(f"/jobs/{job}/result")).json() == {"status": "PENDING", "result": None}


@pytest.mark.parametrize(
    "path", ["/register", "/login", "/jobs", "/jobsList", "/jobs/{id}/status", "/jobs/{id}/result"]
)
async def test_both_spellings_of_a_path_answer_without_a_redirect(service: Service, path: str) -> None:
    ada = await service.register("ada")
    path = path.replace("{id}", await ada.submit([1]))
    for spelling in (path, f"{path}/"):
        if path in ("/register", "/login", "/jobs"):
            body = {"data": [], "operation": "cube_sum"} if path == "/jobs" else ADA
            answer = await ada.post(
                spelling, body if path != "/register" else {**ADA, "username": f"u{uuid4().hex}"}
            )
        else:
            answer = await ada.get(spelling)
        assert answer.status_code == 200, spelling


@pytest.mark.parametrize("name", ["ada", "ADA", "ａｄａ"])
async def test_a_taken_name_is_400_whatever_its_spelling(service: Service, name: str) -> None:
    await service.register("ada")
    answer = await service.client.post("/register", json={**ADA, "username": name})
    assert (answer.status_code, answer.json()) == (400, {"detail": "Username already registered"})


async def test_a_name_that_many_want_at_once_goes_to_one_of_them(service: Service) -> None:
    answers = await asyncio.gather(*(service.client.post("/register", json=ADA) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400, 400]


@pytest.mark.parametrize(("name", "password"), [("ada", "wrong-horse-9"), ("bob", PASSWORD), ("?", "x")])
async def test_wrong_credentials_are_401_without_a_reason(service: Service, name: str, password: str) -> None:
    await service.register("ada")
    answer = await service.client.post("/login", json={"username": name, "password": password})
    assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid credentials"})
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_an_unknown_operation_is_400_and_lists_the_known_ones(service: Service) -> None:
    ada = await service.register()
    answer = await ada.post("/jobs", {"data": [1], "operation": "sum"})
    assert answer.status_code == 400
    assert answer.json() == {"detail": "Unsupported operation. Supported operations: cube_sum, square_sum"}


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer " + "a" * 5000])
async def test_without_a_good_token_every_door_is_closed(service: Service, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}
    answers = [
        await service.client.post("/jobs", json={"data": [1], "operation": "square_sum"}, headers=headers),
        *[
            await service.client.get(path, headers=headers)
            for path in ("/jobsList/", f"/jobs/{uuid4()}/status", f"/jobs/{uuid4()}/result")
        ],
    ]
    for answer in answers:
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
        assert isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("end", ["status", "result"])
async def test_what_is_not_there_not_yours_or_no_id_at_all_is_one_404(service: Service, end: str) -> None:
    job = await (await service.register("ada")).submit([1])
    bob = await service.register("bob")
    answers = [await bob.get(f"/jobs/{id}/{end}") for id in (job, uuid4(), "1", "' OR 1=1 --", "x" * 500)]
    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, b'{"detail":"Job not found"}')
    }


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [("GET", "/register", "POST"), ("DELETE", "/jobs/", "POST"), ("POST", "/jobsList", "GET, HEAD")],
)
async def test_a_wrong_method_is_405_and_says_the_right_one(
    service: Service, method: str, path: str, allowed: str
) -> None:
    answer = await service.client.request(method, path)
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json() == {"detail": "Method Not Allowed"}


async def test_an_unknown_path_is_404_in_the_same_shape(service: Service) -> None:
    answer = await service.client.get("/unheard-of")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not Found"})


async def test_the_list_has_the_callers_own_newest_first(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    ids = [await ada.submit([number]) for number in range(3)]
    await bob.submit([9])
    listed = (await ada.get("/jobsList/")).json()["jobs"]
    assert [job["job_id"] for job in listed] == ids[::-1]
    assert listed[0] == {
        "job_id": ids[2],
        "data": [2],
        "operation": "square_sum",
        "status": "PENDING",
        "result": None,
    }


async def test_a_long_list_goes_on_where_its_link_leads(idle_service: Service) -> None:
    ada = await idle_service.register()
    owner = (await idle_service.application.authenticate(ada.token)).user_id
    submission = Submission(operation="square_sum", data="[]")
    for _ in range(1001):
        await idle_service.application.submit_job(owner, submission)
    seen, path = [], "/jobsList/"
    while path:
        answer = await ada.get(path)
        seen.append([job["job_id"] for job in answer.json()["jobs"]])
        found = re.fullmatch(r'<([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        path = found[1] if found else ""
    assert [len(page) for page in seen] == [1000, 1]
    assert len({id for page in seen for id in page}) == 1001


async def test_a_list_of_huge_jobs_is_cut_at_16_mib(idle_service: Service) -> None:
    ada = await idle_service.register()
    owner = (await idle_service.application.authenticate(ada.token)).user_id
    submission = Submission(operation="square_sum", data=f"[{'1,' * 450_000}1]")
    for _ in range(20):
        await idle_service.application.submit_job(owner, submission)
    answer = await ada.get("/jobsList/")
    assert len(answer.content) < 17 * 1024 * 1024
    assert 10 < len(answer.json()["jobs"]) < 20
    assert answer.headers["Link"]


async def test_a_place_in_the_list_that_is_none_is_422(service: Service) -> None:
    ada = await service.register()
    answer = await ada.get("/jobsList/?before=canary")
    assert answer.status_code == 422
    assert "canary" not in answer.text


async def test_old_clients_see_scheduled_jobs_as_pending_and_cancelled_ones_as_failed(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    owner = (await idle_service.application.authenticate(ada.token)).user_id
    later = Submission(operation="square_sum", data="[1]", delay_seconds=60)
    job = (await idle_service.application.submit_job(owner, later)).job
    assert (await ada.get(f"/jobs/{job.id}/status")).json() == {"status": "PENDING"}
    await idle_service.adapters.jobs().change(owner, [job.id], Job.cancel)
    assert (await ada.get(f"/jobs/{job.id}/status")).json() == {"status": "FAILED"}
    assert (await ada.get("/jobsList/")).json()["jobs"][0]["status"] == "FAILED"


@pytest.mark.parametrize(
    ("operation", "data", "result"),
    [
        ("square_sum", [], 0),
        ("cube_sum", [1, 2, 3], 36),
        ("square_sum", [2**53 + 1], (2**53 + 1) ** 2),
        ("cube_sum", [-(10**999)], -(10**2997)),
        ("square_sum", [10**999 - 1, -1], (10**999 - 1) ** 2 + 1),
    ],
    ids=["nothing", "small", "beyond a float", "huge and negative", "999 digits"],
)
async def test_numbers_are_exact_at_any_size(
    service: Service, operation: str, data: list[int], result: int
) -> None:
    ada = await service.register()
    job = await ada.submit(data, operation)
    assert await ada.result(job) == {"status": "SUCCESS", "result": result}
    assert (await ada.get("/jobsList/")).json()["jobs"][0]["data"] == data


async def test_the_list_shows_the_data_in_the_very_words_that_were_sent(idle_service: Service) -> None:
    ada = await idle_service.register()
    sent = "[ 1,\n 20 ,-0 ]"
    answer = await idle_service.send("/jobs", f'{{"operation":"square_sum","data":{sent}}}', ada)
    assert answer.status_code == 200
    assert f'"data":{sent},' in (await ada.get("/jobsList/")).text


async def test_a_failed_job_has_no_result(service: Service) -> None:
    ada = await service.register()
    owner = (await service.application.authenticate(ada.token)).user_id
    later = Submission(operation="square_sum", data="[1]", delay_seconds=60)
    job = (await service.application.submit_job(owner, later)).job
    await service.adapters.jobs().change(owner, [job.id], Job.cancel)
    assert await ada.result(str(job.id)) == {"status": "FAILED", "result": None}


async def test_the_process_tells_that_it_is_alive(service: Service) -> None:
    answer = await service.client.get("/livez")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
