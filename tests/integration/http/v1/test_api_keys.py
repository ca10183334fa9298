"""API keys: made once, sent as a bearer token, held to their scopes, deleted by their user."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from jobproc.domain.api_keys import MOST_KEYS, ApiKey, hash_of, key_text
from jobproc.domain.scopes import Scope
from tests.integration.http.service import Service, Visitor

pytestmark = pytest.mark.anyio

READ, WRITE = "jobs:read", "jobs:write"
JOB = {"operation": "square_sum", "data": [1]}


@pytest.fixture
def service(idle_service: Service) -> Service:
    """Nobody has to work here."""
    return idle_service


async def make(visitor: Visitor, *scopes: str, **more: Any) -> Any:
    answer = await visitor.post("/v1/api-keys", {"name": "script", "scopes": scopes or [READ, WRITE], **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_key_is_shown_once_and_listed_without_what_opens_the_door(service: Service) -> None:
    ada, bob = await service.register("ada"), await service.register("bob")
    until = "2999-01-31T10:30:00+01:00"
    first, second = await make(ada, WRITE, expires_at=until), await make(ada)
    assert set(first) == {"id", "name", "scopes", "created_at", "expires_at", "key"}
    assert first["key"].startswith("jp_")
    assert len(first["key"]) >= 43
    assert (first["name"], first["scopes"]) == ("script", [WRITE])
    assert first["expires_at"] == "2999-01-31T09:30:00.000000Z"
    assert UUID(first["id"]).version == 7
    listed = (await ada.get("/v1/api-keys")).json()
    shown = [{name: value for name, value in key.items() if name != "key"} for key in (second, first)]
    assert listed == {"items": shown}
    assert (await bob.get("/v1/api-keys")).json() == {"items": []}


async def test_a_key_opens_both_surfaces_for_its_user(service: Service) -> None:
    ada = await service.register("ada")
    script = Visitor(service.client, (await make(ada))["key"])
    job = (await script.post("/v1/jobs", JOB)).json()["id"]
    assert (await script.post("/jobs", JOB)).status_code == 200
    assert (await ada.get(f"/v1/jobs/{job}")).status_code == 200
    assert len((await script.get("/jobsList/")).json()["jobs"]) == 2
    assert (await script.get("/v1/me")).json()["username"] == "ada"


async def test_a_key_does_what_its_scopes_say_and_is_told_which_one_is_missing(service: Service) -> None:
    ada = await service.register("ada")
    job = (await ada.submit_v1())["id"]
    reader, writer = [Visitor(service.client, (await make(ada, scope))["key"]) for scope in (READ, WRITE)]
    reads = ["/v1/jobs", f"/v1/jobs/{job}", f"/v1/jobs/{job}/events", "/jobsList/", f"/jobs/{job}/status"]
    for path in reads:
        assert (await reader.get(path)).status_code == 200, path
        refusal = await writer.get(path)
        assert refusal.status_code == 403, path
        assert READ in refusal.text
    writes = [("POST", "/v1/jobs"), ("POST", "/jobs"), ("POST", f"/v1/jobs/{job}/cancel")]
    writes += [("POST", f"/v1/jobs/{job}/retry"), ("DELETE", f"/v1/jobs/{job}")]
    for method, path in writes:
        refusal = await service.client.request(method, path, json=JOB, headers=reader.headers)
        assert refusal.status_code == 403, path
        assert WRITE in refusal.text
    assert refusal.json()["code"] == "insufficient-scope"
    assert (await writer.post("/v1/jobs", JOB)).status_code == 202
    assert (await writer.post(f"/v1/jobs/{job}/cancel")).status_code == 200
    assert (await writer.delete(f"/v1/jobs/{job}")).status_code == 204


async def test_no_key_manages_accounts_sessions_or_keys(service: Service) -> None:
    script = Visitor(service.client, (await make(await service.register()))["key"])
    for method, path in [
        ("POST", "/v1/auth/logout"),
        ("POST", "/v1/auth/logout-all"),
        ("POST", "/v1/me/password"),
        ("POST", "/v1/api-keys"),
        ("GET", "/v1/api-keys"),
        ("DELETE", f"/v1/api-keys/{uuid4()}"),
    ]:
        answer = await service.client.request(method, path, headers=script.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope"), path


async def test_on_every_route_one_scope_is_needed_and_the_other_does_not_help(service: Service) -> None:
    """What only reads needs the one, all else the other, and no key reaches accounts; of routes to come as well."""
    ada = await service.register("ada")
    keys = [Visitor(service.client, (await make(ada, scope))["key"]) for scope in (READ, WRITE)]
    described = (await service.client.get("/openapi.json")).json()["paths"]
    guarded = [
        (method.upper(), path)
        for path, calls in described.items()
        for method, call in calls.items()
        if call.get("security") and path not in ("/v1/me", "/v1/events")
    ]
    assert len(guarded) > 20
    for method, path in guarded:
        answers = [
            await service.client.request(method, re.sub(r"{\w+}", str(uuid4()), path), headers=each.headers)
            for each in keys
        ]
        is_account = path.startswith(("/v1/auth", "/v1/me", "/v1/api-keys"))
        wanted = [False, False] if is_account else [method == "GET", method != "GET"]
        assert [answer.status_code != 403 for answer in answers] == wanted, (method, path)
    assert (await keys[1].get("/v1/events")).status_code == 403


async def test_every_call_that_needs_somebody_says_which_scope(service: Service) -> None:
    described = (await service.client.get("/openapi.json")).json()["paths"]
    known = {READ, WRITE, "account"}
    for path, calls in described.items():
        for method, call in calls.items():
            for scheme in call.get("security", []):
                [needed] = scheme.values()
                assert set(needed) <= known, path
                assert len(needed) == 1 or path == "/v1/me", (method, path)
                assert not needed or "403" in call["responses"], (method, path)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 101}, "/name"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["account"]}, "/scopes/0"),
        ({"scopes": ["jobs:read", "jobs:erase"]}, "/scopes/1"),
        ({"scopes": "jobs:read"}, "/scopes"),
        ({"expires_at": "2000-01-01T00:00:00Z"}, "/expires_at"),
        ({"expires_at": "2999-01-01T00:00:00"}, "/expires_at"),
        ({"expires_at": 32503680000}, "/expires_at"),
        ({"user_id": str(uuid4())}, "/user_id"),
    ],
)
async def test_wrong_values_are_refused_by_their_place(
    service: Service, change: dict[str, Any], pointer: str
) -> None:
    ada = await service.register()
    answer = await ada.post("/v1/api-keys", {"name": "script", "scopes": [READ]} | change)
    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert (await ada.get("/v1/api-keys")).json() == {"items": []}


async def test_a_key_that_is_over_opens_nothing_and_is_still_listed(service: Service) -> None:
    ada = await service.register()
    user = (await service.application.authenticate(ada.token)).user_id
    text, now = key_text(b"s" * 32), datetime.now(UTC)
    began, ended = now - timedelta(hours=1), now - timedelta(seconds=1)
    key = ApiKey(uuid4(), user, "script", frozenset({Scope.READ}), hash_of(text), began, ended)
    await service.adapters.api_keys().add(key, most=1)
    assert (await Visitor(service.client, text).get("/v1/jobs")).status_code == 401
    assert len((await ada.get("/v1/api-keys")).json()["items"]) == 1


async def test_a_deleted_key_is_gone_and_a_foreign_one_was_never_there(service: Service) -> None:
    ada, bob = await service.register("ada"), await service.register("bob")
    key = await make(ada)
    path = f"/v1/api-keys/{key['id']}"
    assert (await bob.delete(path)).status_code == 404
    answer = await ada.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await ada.delete(path)).status_code == 404
    assert (await Visitor(service.client, key["key"]).get("/v1/jobs")).status_code == 401
    assert (await ada.delete("/v1/api-keys/1")).status_code == 422


async def test_there_is_room_for_so_many_keys_and_then_for_none(service: Service) -> None:
    ada = await service.register()
    for _ in range(MOST_KEYS):
        await make(ada)
    answer = await ada.post("/v1/api-keys", {"name": "script", "scopes": [READ]})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-keys")
    assert str(MOST_KEYS) in answer.json()["detail"]
    await ada.delete(f"/v1/api-keys/{(await ada.get('/v1/api-keys')).json()['items'][0]['id']}")
    await make(ada)
