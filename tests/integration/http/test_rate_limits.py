"""Nobody takes more than their share, whatever they send and however they send it."""

import asyncio
from collections import Counter
from typing import Any

import httpx2
import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Service, Visitor, serving

pytestmark = pytest.mark.anyio

JOB = {"operation": "square_sum", "data": [1, 2, 3]}
ADA = {"username": "ada", "password": PASSWORD}


def limited(settings: Settings, **limits: str) -> Settings:
    """With these limits; the others are off."""
    return settings.model_copy(update={f"rate_limit_{name}": text for name, text in limits.items()})


def codes(answers: list[httpx2.Response]) -> Counter[int]:
    return Counter(answer.status_code for answer in answers)


async def ask(service: Service, address: str, **headers: str) -> httpx2.Response:
    """Log in from another address."""
    app: Any = service.client._transport.app  # type: ignore[attr-defined]
    transport = httpx2.ASGITransport(app=app, client=(address, 1234))
    async with httpx2.AsyncClient(transport=transport, base_url="http://jobproc", headers=headers) as client:
        return await client.post("/login", json={"username": "nobody", "password": PASSWORD})


async def test_of_200_requests_at_once_exactly_as_many_pass_as_the_limit_allows(profile: Settings) -> None:
    async with serving(limited(profile, submit="60/minute"), slots=0) as service:
        ada = await service.register()
        answers = await asyncio.gather(*(ada.post("/v1/jobs", JOB) for _ in range(200)))
        assert codes(answers) == {202: 60, 429: 140}


async def test_an_answer_says_how_many_more_may_come_and_until_when(profile: Settings) -> None:
    async with serving(limited(profile, submit="60/minute", read="9/second"), slots=0) as service:
        ada = await service.register()
        answer = await ada.post("/v1/jobs", JOB)
        assert answer.headers["RateLimit-Policy"] == '"submit";q=60;w=60'
        assert answer.headers["RateLimit"] == '"submit";r=59;t=60'
        assert (await ada.post("/jobs", JOB)).headers["RateLimit"].startswith('"submit";r=58;t=')
        assert (await ada.get("/jobsList/")).headers["RateLimit-Policy"] == '"read";q=9;w=1'
        wrong = await service.client.get("/jobsList/", headers={"Authorization": "Bearer no"})
        assert (wrong.status_code, wrong.headers["RateLimit-Policy"]) == (401, '"read";q=9;w=1')
        assert "RateLimit" not in (await service.client.get("/livez")).headers


async def test_over_the_limit_both_surfaces_say_when_to_come_back(profile: Settings) -> None:
    async with serving(limited(profile, read="1/minute"), slots=0) as service:
        ada = await service.register()
        await ada.get("/jobsList/")
        old, new = await ada.get("/jobsList/"), await ada.get("/v1/jobs")
        for answer in (old, new):
            assert answer.status_code == 429
            assert 0 < int(answer.headers["Retry-After"]) <= 60
            assert answer.headers["RateLimit"].startswith('"read";r=0;t=')
        assert set(old.json()) == {"detail"}
        assert new.headers["Content-Type"] == "application/problem+json"
        assert (new.json()["code"], new.json()["request_id"]) == (
            "too-many-requests",
            new.headers["X-Request-Id"],
        )


async def test_after_its_time_the_limit_begins_anew(profile: Settings) -> None:
    async with serving(limited(profile, read="1/second"), slots=0) as service:
        ada = await service.register()
        answers = await asyncio.gather(*(ada.get("/jobsList/") for _ in range(2)))
        assert codes(answers) == {200: 1, 429: 1}
        await asyncio.sleep(int(answers[-1].headers.get("Retry-After", 1)))
        assert (await ada.get("/jobsList/")).status_code == 200


async def test_a_user_has_one_limit_whatever_tokens_surfaces_and_addresses_they_use(
    profile: Settings,
) -> None:
    async with serving(limited(profile, submit="6/minute"), slots=0) as service:
        first = await service.register()
        tokens = [(await service.client.post("/login", json=ADA)).json()["access_token"] for _ in range(3)]
        visitors = [first, *(Visitor(service.client, token) for token in tokens)]
        paths = ("/jobs", "/jobs/", "/v1/jobs", "/v1/jobs/")
        answers = [await each.post(path, JOB) for each in visitors for path in paths]
        assert codes(answers)[429] == 10
        bob = await service.register("bob")
        assert (await bob.post("/jobs", JOB)).status_code == 200


async def test_a_refused_submission_leaves_nothing(profile: Settings) -> None:
    async with serving(limited(profile, submit="1/minute"), slots=0) as service:
        ada = await service.register()
        await asyncio.gather(*(ada.post("/jobs", JOB) for _ in range(5)))
        assert len((await ada.get("/jobsList/")).json()["jobs"]) == 1


async def test_who_is_nobody_is_counted_by_address(profile: Settings) -> None:
    async with serving(limited(profile, read="3/minute"), slots=0) as service:
        answers = [await service.client.get("/v1/jobs") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
        ada = await service.register()
        assert (await ada.get("/v1/jobs")).status_code == 200


async def test_registering_and_logging_in_share_the_limit_of_an_address(profile: Settings) -> None:
    async with serving(limited(profile, auth="4/minute"), slots=0) as service:
        paths = ("/register", "/v1/auth/register", "/login", "/v1/auth/login", "/login", "/register")
        answers = [await service.client.post(path, json=ADA) for path in paths]
        assert [answer.status_code for answer in answers] == [200, 409, 200, 200, 429, 429]


async def test_an_address_cannot_choose_another_one_by_a_header(profile: Settings) -> None:
    async with serving(limited(profile, auth="3/minute"), slots=0) as service:
        forged = [
            await ask(
                service, "203.0.113.9", **{"X-Forwarded-For": f"198.51.100.{number}", "Forwarded": "for=1"}
            )
            for number in range(6)
        ]
        assert codes(forged) == {401: 3, 429: 3}


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:203.0.113.9", "203.0.113.9", True),
        ("203.0.113.8", "203.0.113.9", False),
    ],
)
async def test_a_network_of_ipv6_is_one_address(
    memory: Settings, first: str, second: str, same: bool
) -> None:
    async with serving(limited(memory, auth="1/minute"), slots=0) as service:
        assert (await ask(service, first)).status_code == 401
        assert (await ask(service, second)).status_code == (429 if same else 401)


async def test_wrong_passwords_for_a_name_are_slowed_down_whoever_sends_them(profile: Settings) -> None:
    async with serving(limited(profile, auth="1000/minute"), slots=0) as service:
        await service.register()
        for name in ("ada", "nobody"):
            wrong = {"username": name, "password": "wrong-horse-9"}
            answers = [await service.client.post("/login", json=wrong) for _ in range(13)]
            assert codes(answers) == {401: 10, 429: 3}, name
            assert int(answers[-1].headers["Retry-After"]) == 1
            assert "wrong passwords" in answers[-1].json()["detail"]
        await asyncio.sleep(1)
        assert (await service.client.post("/login", json=ADA)).status_code == 200
        answers = [
            await service.client.post("/login", json=ADA | {"password": "wrong-horse-9"}) for _ in range(5)
        ]
        assert codes(answers) == {401: 5}


async def test_with_the_limits_off_nobody_is_counted(profile: Settings) -> None:
    async with serving(profile, slots=0) as service:
        ada = await service.register()
        wrong = [
            await service.client.post("/login", json=ADA | {"password": "wrong-horse-9"}) for _ in range(12)
        ]
        assert codes(wrong) == {401: 12}
        answer = await ada.post("/jobs", JOB)
        assert "RateLimit" not in answer.headers
