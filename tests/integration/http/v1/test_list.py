"""`GET /v1/jobs`: pages that neither skip nor repeat, and filters; `DELETE /v1/jobs/{id}`."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.http.service import Service, Visitor

pytestmark = pytest.mark.anyio


async def walk(visitor: Visitor, query: str = "") -> list[str]:
    """The ids of every page until the last, by the `Link` of each."""
    seen: list[str] = []
    path = f"/v1/jobs?limit=2{query}"
    while True:
        answer = await visitor.get(path)
        assert answer.status_code == 200, answer.text
        seen += [item["id"] for item in answer.json()["items"]]
        if answer.json()["next_cursor"] is None:
            assert "Link" not in answer.headers
            return seen
        path = answer.links["next"]["url"]


async def test_pages_show_every_job_once_newest_first_while_others_are_added(idle_service: Service) -> None:
    ada = await idle_service.register()
    jobs = [(await ada.submit_v1())["id"] for _ in range(5)]
    seen = []
    path = "/v1/jobs?limit=2"
    while path:
        answer = await ada.get(path)
        seen += [item["id"] for item in answer.json()["items"]]
        path = answer.links.get("next", {}).get("url", "")
        await ada.submit_v1()
    assert seen == jobs[::-1]


async def test_a_list_leaves_out_data_and_result(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = await ada.submit_v1()
    [item] = (await ada.get("/v1/jobs")).json()["items"]
    assert item == {name: value for name, value in job.items() if name not in ("data", "result")}


async def test_everybody_sees_their_own_only(idle_service: Service) -> None:
    ada, bob = await asyncio.gather(idle_service.register("ada"), idle_service.register("bob"))
    await ada.submit_v1()
    assert (await bob.get("/v1/jobs")).json() == {"items": [], "next_cursor": None}


async def test_each_filter_narrows_the_list(idle_service: Service) -> None:
    ada = await idle_service.register()
    tagged = await ada.submit_v1(tags=["a&b", "x"])
    cubes = await ada.submit_v1(operation="cube_sum")
    later = await ada.submit_v1(delay_seconds=60)
    gone = await ada.submit_v1()
    await ada.post(f"/v1/jobs/{gone['id']}/cancel")

    def ids(*jobs: Any) -> list[str]:
        return [job["id"] for job in jobs]

    assert await walk(ada, "&status=CANCELLED") == ids(gone)
    assert await walk(ada, "&status=PENDING&status=SCHEDULED") == ids(later, cubes, tagged)
    assert await walk(ada, "&operation=cube_sum") == ids(cubes)
    assert await walk(ada, f"&tag={quote('a&b')}") == ids(tagged)
    assert await walk(ada, f"&created_after={cubes['created_at']}") == ids(gone, later)
    assert await walk(ada, f"&created_before={cubes['created_at']}") == ids(tagged)
    assert await walk(ada, "&batch_id=01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10") == []
    assert await walk(ada, "&status=PENDING&operation=square_sum&tag=x") == ids(tagged)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=201", "/limit"),
        ("limit=x", "/limit"),
        ("limit=1_0", "/limit"),
        ("limit=1.0", "/limit"),
        ("limit=-1", "/limit"),
        ("status=DONE", "/status/0"),
        ("status=pending", "/status/0"),
        ("batch_id=7", "/batch_id"),
        ("created_after=yesterday", "/created_after"),
        ("created_before=2026-01-01", "/created_before"),
        ("stauts=PENDING", "/stauts"),
    ],
)
async def test_a_wrong_query_is_refused_with_a_pointer_to_it(
    idle_service: Service, query: str, pointer: str
) -> None:
    answer = await (await idle_service.register()).get(f"/v1/jobs?{query}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_cursor_is_good_for_its_own_list_only(idle_service: Service) -> None:
    ada, bob = await idle_service.register("ada"), await idle_service.register("bob")
    for _ in range(2):
        await ada.submit_v1()
    cursor = (await ada.get("/v1/jobs?limit=1")).json()["next_cursor"]
    assert (await ada.get(f"/v1/jobs?cursor={cursor}")).status_code == 200
    for query in (
        f"cursor={cursor}&status=PENDING",
        "cursor=",
        "cursor=é",
        f"cursor={cursor}A",
        "cursor=AAAA",
    ):
        answer = await ada.get(f"/v1/jobs?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-cursor"), query
    assert (await bob.get(f"/v1/jobs?cursor={cursor}")).status_code == 400


async def test_a_final_job_can_be_erased(idle_service: Service) -> None:
    ada = await idle_service.register()
    job = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    live = await ada.delete(job)
    assert (live.status_code, live.json()["code"]) == (409, "illegal-transition")
    assert "PENDING" in live.json()["detail"]
    await ada.post(f"{job}/cancel")
    erased = await ada.delete(job)
    assert (erased.status_code, erased.content) == (204, b"")
    assert "Content-Type" not in erased.headers
    for path in (job, f"{job}/events", f"{job}/result"):
        assert (await ada.get(path)).status_code == 404
    assert (await ada.delete(job)).status_code == 404
