"""`/v1/batches`: many jobs, all or none."""

import asyncio
import gc
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import Service, Visitor, serving

pytestmark = pytest.mark.anyio
JOB = {"operation": "square_sum", "data": [1, 2, 3]}


async def batch(visitor: Visitor, count: int = 3, **options: Any) -> Any:
    answer = await visitor.post("/v1/batches", {"jobs": [JOB | options] * count})
    assert answer.status_code == 202, answer.text
    return answer.json()


async def jobs_of(visitor: Visitor) -> list[Any]:
    return list((await visitor.get("/v1/jobs")).json()["items"])


async def test_a_batch_answers_202_with_its_jobs_in_their_order(idle_service: Service) -> None:
    ada = await idle_service.register()
    wanted = [JOB | {"data": [number], "priority": number} for number in range(5)]
    answer = await ada.post("/v1/batches", {"jobs": wanted})
    shown = answer.json()
    assert (answer.status_code, set(shown), shown["total"]) == (202, {"id", "total", "job_ids"}, 5)
    assert answer.headers["Location"] == f"/v1/batches/{shown['id']}"
    assert UUID(shown["id"]).version == 7
    jobs = [(await ada.get(f"/v1/jobs/{id}")).json() for id in shown["job_ids"]]
    assert [(job["data"], job["priority"]) for job in jobs] == [([n], n) for n in range(5)]
    assert {job["batch_id"] for job in jobs} == {shown["id"]}
    assert [job["id"] for job in await jobs_of(ada)] == shown["job_ids"][::-1]


async def test_the_jobs_of_a_batch_run_and_a_wait_ends_when_all_are_final(service: Service) -> None:
    ada = await service.register()
    made = await batch(ada, 20)
    answer = await ada.get(f"/v1/batches/{made['id']}", prefer="wait=30")
    assert answer.json() == {
        "id": made["id"],
        "total": 20,
        "counts": {
            "SCHEDULED": 0,
            "PENDING": 0,
            "IN_PROGRESS": 0,
            "SUCCESS": 20,
            "FAILED": 0,
            "CANCELLED": 0,
        },
        "done": True,
    }
    assert answer.headers["Preference-Applied"] == "wait=30"
    assert "Retry-After" not in answer.headers


async def test_a_tag_tells_whether_a_count_has_changed(idle_service: Service) -> None:
    ada = await idle_service.register()
    made = await batch(ada)
    path = f"/v1/batches/{made['id']}"
    first = await ada.get(path)
    assert first.headers["Retry-After"] == "1"
    same = await ada.get(path, if_none_match=first.headers["ETag"])
    assert (same.status_code, same.content) == (304, b"")
    waiting = asyncio.create_task(ada.get(path, if_none_match=first.headers["ETag"], prefer="wait=20"))
    await asyncio.sleep(0.05)
    await ada.post(f"/v1/jobs/{made['job_ids'][0]}/cancel")
    changed = await waiting
    assert (changed.status_code, changed.json()["counts"]["CANCELLED"]) == (200, 1)


async def test_every_bad_one_is_pointed_to_and_nothing_is_stored(idle_service: Service) -> None:
    ada = await idle_service.register()
    jobs = [
        JOB,
        JOB | {"data": ["x"]},
        JOB | {"priority": 101, "nope": 1},
        JOB | {"operation": "nope"},
        7,
        {"operation": "square_sum"},
        JOB | {"run_at": "9998-01-01T00:00:00Z"},
    ]
    answer = await ada.post("/v1/batches", {"jobs": jobs})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid-input")
    assert {error["pointer"] for error in problem["errors"]} == {
        "/jobs/1/data/0",
        "/jobs/2/priority",
        "/jobs/2/nope",
        "/jobs/3/operation",
        "/jobs/4",
        "/jobs/5/data",
        "/jobs/6/run_at",
    }
    assert await jobs_of(ada) == []


async def test_of_jobs_that_are_written_alike_each_bad_one_is_pointed_to(idle_service: Service) -> None:
    ada = await idle_service.register()
    jobs = [*[JOB | {"priority": 101}] * 3, JOB, JOB | {"data": ["x"]}, JOB]
    answer = await ada.post("/v1/batches", {"jobs": jobs})
    assert [error["pointer"] for error in answer.json()["errors"]] == [
        "/jobs/0/priority",
        "/jobs/1/priority",
        "/jobs/2/priority",
        "/jobs/4/data/0",
    ]


async def test_at_most_a_hundred_faults_are_told_and_that_is_said(idle_service: Service) -> None:
    ada = await idle_service.register()
    answer = await ada.post("/v1/batches", {"jobs": [JOB | {"data": ["x", "y"]}] * 200})
    assert len(answer.json()["errors"]) == 100
    assert "first 100" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ("{}", 422, ""),
        ('{"jobs":[]}', 422, "/jobs"),
        ('{ "jobs" : [ ] }', 422, "/jobs"),
        ('{"jobs":{}}', 422, "/jobs"),
        ('{"jobs":null}', 422, "/jobs"),
        ('{"jobs":[null]}', 422, "/jobs/0"),
        ('{"other":[]}', 422, ""),
        ('{"jobs":[{"operation":"square_sum","data":[1]}],"jobs":[]}', 422, "/jobs"),
        ('{"jobs":[{"operation":"square_sum","data":[1],"data":[2]}]}', 422, "/jobs/0/data"),
        ('{"jobs":[{"operation":"square_sum","data":[NaN]}]}', 422, "/jobs/0/data/0"),
        ('{"jobs":[{"operation":"square_sum","data":"\\ud800"}]}', 422, "/jobs/0/data"),
        ('{"jobs":[' + "[" * 100_000 + "]" * 100_000 + "]}", 422, None),
        ("[]", 422, ""),
        ("7", 422, ""),
        ("", 400, None),
        ("{", 400, None),
        ("[", 400, None),
        ('{"jobs":[', 400, None),
        ('{"jobs":[1', 400, None),
        ('{"jobs":[1,]}', 400, None),
        ('{"jobs":[1 2]}', 400, None),
        ('{"jobs":[1]', 400, None),
        ('{"jobs":[1]}}', 400, None),
        ('{"jobs":[1]} x', 400, None),
        ("{jobs:[]}", 400, None),
        ('{"jobs":[{"operation":"square_sum","data":"\\u0000"}]}', 400, None),
    ],
)
async def test_what_is_no_batch_is_refused(
    idle_service: Service, body: str, status: int, pointer: str | None
) -> None:
    ada = await idle_service.register()
    answer = await idle_service.send("/v1/batches", body, ada)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert await jobs_of(ada) == []


async def test_names_may_be_escaped_and_data_keeps_its_text(idle_service: Service) -> None:
    ada = await idle_service.register()
    data = "[ 9007199254740993, 1" + "0" * 900 + ", " + ", ".join("7" * 20_000) + " ]"
    body = '{"\\u006aobs": [{"data": ' + data + ' , "operation": "square_sum"} ] } '
    made = (await idle_service.send("/v1/batches", body, ada)).json()
    assert f'"data":{data}' in (await ada.get(f"/v1/jobs/{made['job_ids'][0]}")).text


async def test_a_batch_may_be_larger_than_a_body_but_none_of_its_jobs(memory: Settings) -> None:
    settings = memory.model_copy(update={"max_body_bytes": 70_000, "max_batch_bytes": 200_000})
    async with serving(settings, slots=0) as service:
        ada = await service.register()
        large, huge = JOB | {"data": [1] * 20_000}, JOB | {"data": [1] * 40_000}
        assert (await ada.post("/v1/batches", {"jobs": [large, JOB, large]})).status_code == 202
        refused = await ada.post("/v1/batches", {"jobs": [JOB, huge]})
        assert refused.status_code == 422
        assert [error["pointer"] for error in refused.json()["errors"]] == ["/jobs/1"]
        assert (await ada.post("/v1/batches", {"jobs": [large] * 6})).status_code == 413


async def test_more_than_ten_thousand_are_refused(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        ada = await service.register()
        refused = await ada.post("/v1/batches", {"jobs": [JOB] * 10_001})
        assert refused.status_code == 422
        assert "10000" in refused.json()["detail"]


async def test_equal_requests_at_once_make_one_batch(idle_service: Service) -> None:
    ada = await idle_service.register()
    body = {"jobs": [JOB] * 3}
    answers = await asyncio.gather(
        *(ada.post("/v1/batches", body, idempotency_key="once") for _ in range(20))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len([answer for answer in answers if "Idempotent-Replayed" not in answer.headers]) == 1
    assert len(await jobs_of(ada)) == 3


async def test_a_key_with_another_body_is_refused_and_a_refused_batch_does_not_use_its_key_up(
    idle_service: Service,
) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    refused = await ada.post("/v1/batches", {"jobs": [JOB, 1]}, idempotency_key="k")
    assert refused.status_code == 422
    first = await ada.post("/v1/batches", {"jobs": [JOB, JOB]}, idempotency_key="k")
    assert first.status_code == 202
    for jobs in ([JOB], [JOB, JOB | {"priority": 1}]):
        other = await ada.post("/v1/batches", {"jobs": jobs}, idempotency_key="k")
        assert (other.status_code, other.json()["code"]) == (422, "idempotency-mismatch")
    job = await ada.post("/v1/jobs", JOB, idempotency_key="k")
    assert (job.status_code, job.json()["batch_id"]) == (202, None)
    assert (await bob.post("/v1/batches", {"jobs": [JOB]}, idempotency_key="k")).status_code == 202


async def test_cancelling_ends_what_is_not_final_and_may_be_repeated(idle_service: Service) -> None:
    ada = await idle_service.register()
    made = await batch(ada, 450)
    later = await batch(ada, 2, delay_seconds=60)
    await ada.post(f"/v1/jobs/{made['job_ids'][0]}/cancel")
    for _ in range(2):
        answer = await ada.post(f"/v1/batches/{made['id']}/cancel")
        assert (answer.status_code, answer.json()["done"]) == (200, True)
        assert answer.json()["counts"]["CANCELLED"] == 450
    left = (await ada.get(f"/v1/batches/{later['id']}")).json()
    assert (left["done"], left["counts"]["SCHEDULED"]) == (False, 2)


async def test_erased_jobs_count_in_the_total_alone_and_a_batch_ends_with_the_last(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    made = await batch(ada, 2)
    await ada.post(f"/v1/batches/{made['id']}/cancel")
    assert (await ada.delete(f"/v1/jobs/{made['job_ids'][0]}")).status_code == 204
    left = (await ada.get(f"/v1/batches/{made['id']}")).json()
    assert (left["total"], left["counts"]["CANCELLED"], left["done"]) == (2, 1, True)
    assert (await ada.delete(f"/v1/jobs/{made['job_ids'][1]}")).status_code == 204
    assert (await ada.get(f"/v1/batches/{made['id']}")).status_code == 404


async def test_a_list_can_be_narrowed_to_a_batch(idle_service: Service) -> None:
    ada = await idle_service.register()
    await batch(ada, 2)
    made = await batch(ada, 3)
    listed = (await ada.get(f"/v1/jobs?batch_id={made['id']}")).json()
    assert [job["id"] for job in listed["items"]] == made["job_ids"][::-1]
    assert listed["next_cursor"] is None


async def test_who_watches_is_told_to_read_again_instead_of_ten_thousand_times(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    async with idle_service.stream(ada, "/v1/events") as events:
        await batch(ada, 200)
        assert (await events.next()).name == "reset"


@pytest.fixture
def settled() -> Iterator[None]:
    """What the tests before have left behind is not looked through again and again, as in a process of the service."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("settled")
async def test_others_are_answered_while_the_largest_batch_is_read_checked_and_stored(
    idle_service: Service,
) -> None:
    ada = await idle_service.register()
    turns: list[float] = []

    async def probe() -> None:
        """How much work the loop does from one turn to the next, whatever else runs on the machine."""
        while True:
            begun = time.thread_time()
            await asyncio.sleep(0)
            turns.append(time.thread_time() - begun)

    body = '{"jobs":[' + ",".join(['{"operation":"square_sum","data":[1,2,3]}'] * 10_000) + "]}"
    probing = asyncio.create_task(probe())
    answer = await idle_service.send("/v1/batches", body, ada)
    probing.cancel()
    assert (answer.status_code, answer.json()["total"]) == (202, 10_000)
    # About 5 ms; the collector may add some.
    assert max(turns) < 0.05
