"""Bodies, parameters and headers that are not what they should be, through every door of `/v1`."""

import pytest

from tests.integration.http.service import Service, Visitor
from tests.integration.http.test_bodies import NOT_JSON, REFUSED

pytestmark = pytest.mark.anyio

SQL = "'; DROP TABLE jobs; --"
DEEP = {
    "lists": "[" * 100_000 + "]" * 100_000,
    "objects": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "without an end": "[" * 100_000,
}


@pytest.fixture
async def ada(idle_service: Service) -> Visitor:
    """Somebody with a token."""
    return await idle_service.register()


async def test_what_is_not_json_is_400_for_every_call_that_takes_a_body(
    idle_service: Service, ada: Visitor
) -> None:
    described = (await idle_service.client.get("/openapi.json")).json()["paths"]
    paths = [path for path, calls in described.items() if "requestBody" in calls.get("post", {})]
    assert len(paths) >= 10
    for path in paths:
        for name, body in NOT_JSON.items():
            answer = await idle_service.send(path, body, ada)
            assert answer.status_code == 400, (path, name)
            assert answer.json().get("code") == ("not-json" if path.startswith("/v1") else None), (path, name)


async def test_json_with_wrong_values_is_422_with_a_pointer_to_each(
    idle_service: Service, ada: Visitor
) -> None:
    for name, body in REFUSED.items():
        answer = await idle_service.send("/v1/jobs", body, ada)
        assert (answer.status_code, bool(answer.json()["errors"])) == (422, True), name
        for error in answer.json()["errors"]:
            assert set(error) == {"pointer", "code", "detail"}


async def test_nesting_without_end_is_422(idle_service: Service, ada: Visitor) -> None:
    for name, data in DEEP.items():
        answer = await idle_service.send("/v1/jobs", f'{{"operation":"square_sum","data":{data}}}', ada)
        assert answer.status_code == 422, name


async def test_an_integer_of_1000_digits_is_taken_exactly_and_one_more_is_refused_wherever_it_stands(
    idle_service: Service, ada: Visitor
) -> None:
    for sign in ("", "-"):
        text = f"[{sign}{'7' * 1000}]"
        taken = await idle_service.send("/v1/jobs", f'{{"operation":"cube_sum","data":{text}}}', ada)
        assert (taken.status_code, f'"data":{text}' in taken.text) == (202, True)
        for body in (f'"data":[{sign}{"7" * 1001}]', f'"data":[1],"priority":{sign}{"7" * 1001}'):
            refused = await idle_service.send("/v1/jobs", f'{{"operation":"cube_sum",{body}}}', ada)
            assert refused.status_code == 422


async def test_a_time_without_offset_or_out_of_the_calendar_is_422_in_every_filter(ada: Visitor) -> None:
    for name in ("created_after", "created_before"):
        for time in ("", "2026-01-01T00:00:00", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"):
            answer = await ada.get(f"/v1/jobs?{name}={time}")
            assert [each["pointer"] for each in answer.json()["errors"]] == [f"/{name}"], time
        for time in (
            "0001-01-01T00:00:00Z",
            "1960-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "2026-01-01T01:00:00+01:00",
        ):
            assert (await ada.get(f"/v1/jobs?{name}={time}")).status_code == 200, time


async def test_whatever_looks_like_sql_is_text_everywhere(idle_service: Service, ada: Visitor) -> None:
    job = await ada.submit_v1(tags=[SQL])
    [found] = (await ada.get(f"/v1/jobs?tag={SQL}")).json()["items"]
    assert (found["id"], found["tags"]) == (job["id"], [SQL])
    for path, status in {
        f"/v1/jobs?operation={SQL}": 200,
        f"/v1/jobs?status={SQL}": 422,
        f"/v1/jobs?batch_id={SQL}": 422,
        f"/v1/jobs?created_after={SQL}": 422,
        f"/v1/jobs?limit={SQL}": 422,
        f"/v1/jobs?cursor={SQL}": 400,
        f"/v1/jobs?{SQL}=1": 422,
        f"/v1/jobs/{SQL}": 422,
        f"/v1/jobs/{SQL}/result": 422,
        f"/v1/jobs/{SQL}/events": 422,
        f"/jobs/{SQL}/status": 404,
    }.items():
        answer = await ada.get(path, last_event_id=SQL, if_none_match=SQL, prefer=SQL, x_request_id=SQL)
        assert answer.status_code == status, path
        assert not {"select", "syntax", "asyncpg"} & set(answer.text.lower().split()), path
    for wrong in ({"operation": SQL}, {"run_at": SQL}, {"data": SQL}, {SQL: 1}):
        body = {"operation": "square_sum", "data": [1], **wrong}
        assert (await ada.post("/v1/jobs", body)).status_code == 422
    keyed = await ada.post("/v1/jobs", {"operation": "square_sum", "data": [1]}, idempotency_key="';DROP--")
    assert keyed.status_code == 202
    assert len((await ada.get("/v1/jobs")).json()["items"]) == 2


async def test_nul_in_a_query_is_refused_before_it_is_looked_for(ada: Visitor) -> None:
    for name in ("operation", "tag", "batch_id", "status", "cursor", "created_after"):
        for value in ("%00", "a%00b"):
            answer = await ada.get(f"/v1/jobs?{name}={value}")
            assert answer.status_code == (400 if name == "cursor" else 422), (name, value)


async def test_an_empty_word_in_a_query_is_a_mistake_and_no_wish_for_everything(ada: Visitor) -> None:
    await ada.submit_v1()
    for name in ("operation", "tag", "batch_id", "status"):
        answer = await ada.get(f"/v1/jobs?{name}=")
        assert answer.status_code == 422, name


async def test_the_first_and_the_last_id_there_can_be_are_nobodys(ada: Visitor) -> None:
    for id in ("00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"):
        for path in ("", "/result", "/events"):
            assert (await ada.get(f"/v1/jobs/{id}{path}")).status_code == 404
        for path in ("/cancel", "/retry"):
            assert (await ada.post(f"/v1/jobs/{id}{path}")).status_code == 404
        assert (await ada.delete(f"/v1/jobs/{id}")).status_code == 404


async def test_an_id_of_strange_letters_is_422(ada: Visitor) -> None:
    for id in ("%00", "%ff", "%F0%9F%98%80", "x" * 5000, "٠" * 8 + "-0000-0000-0000-" + "0" * 12):
        for path in ("", "/result", "/events"):
            assert (await ada.get(f"/v1/jobs/{id}{path}")).status_code == 422, id


async def test_a_wrong_method_is_405_with_the_right_ones(idle_service: Service, ada: Visitor) -> None:
    id = "01938f9e-3b54-7c7a-a3a1-4c0d7f6f3f10"
    for path, allowed in {
        "/v1/jobs": "GET, HEAD, POST",
        f"/v1/jobs/{id}": "DELETE, GET, HEAD",
        f"/v1/jobs/{id}/result": "GET, HEAD",
        f"/v1/jobs/{id}/retry": "POST",
        f"/v1/jobs/{id}/events": "GET, HEAD",
        "/v1/events": "GET, HEAD",
    }.items():
        answer = await idle_service.client.request("PUT", path, headers=ada.headers)
        assert (answer.status_code, answer.headers["Allow"]) == (405, allowed), path


async def test_preferences_and_tags_may_come_on_several_lines(idle_service: Service, ada: Visitor) -> None:
    path = f"/v1/jobs/{(await ada.submit_v1())['id']}"
    tag = (await ada.get(path)).headers["ETag"]
    lines = [
        ("Prefer", "respond-async"),
        ("Prefer", "wait=1"),
        ("If-None-Match", '"0"'),
        ("If-None-Match", tag),
    ]
    answer = await idle_service.client.get(path, headers=[*ada.headers.items(), *lines])
    assert (answer.status_code, answer.headers["Preference-Applied"]) == (304, "wait=1")
