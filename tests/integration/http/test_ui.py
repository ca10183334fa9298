"""What the page promises beyond what a browser shows: its session, its posts, its policy."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Service, client_of, serving

pytestmark = pytest.mark.anyio

OURS = {"Origin": "http://jobproc", "Sec-Fetch-Site": "same-origin"}
CREDENTIALS = {"username": "ada", "password": PASSWORD}
# Whoever goes through them is signed in until the last one.
FORMS = ("/ui/sign-in", "/ui/sign-up", "/ui/new", "/ui/jobs/bulk", "/ui/sign-out")
ACTIONS = ("cancel", "retry", "delete")


@asynccontextmanager
async def browsing(service: Service) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser with a cookie jar of its own."""
    async with client_of(service.served) as client:
        client.headers.update(OURS)
        yield client


async def sign_up(browser: httpx2.AsyncClient, username: str = "ada") -> httpx2.Response:
    answer = await browser.post("/ui/sign-up", data={"username": username, "password": PASSWORD})
    assert answer.status_code == 303, answer.text
    return answer


async def test_the_page_is_there_for_everybody(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        for path in ("/ui", "/ui/"):
            page = await service.client.get(path)
            assert page.status_code == 200
            assert "Sign in" in page.text


async def test_the_session_is_a_cookie_that_only_the_page_gets(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        cookie = (await sign_up(browser)).headers["Set-Cookie"]
        for part in ("HttpOnly", "SameSite=strict", "Path=/ui", "Max-Age="):
            assert part in cookie
        assert "Secure" not in cookie
        async with client_of(service.served) as other:
            secure = await other.post(
                "https://jobproc/ui/sign-in", data=CREDENTIALS, headers={"Origin": "https://jobproc"}
            )
            assert "Secure" in secure.headers["Set-Cookie"]


async def test_the_api_never_takes_the_cookie(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        cookie = (await sign_up(browser)).headers["Set-Cookie"].partition(";")[0]
        assert (await browser.get("/ui")).status_code == 200
        for path in ("/v1/jobs", "/v1/events", "/jobsList/"):
            assert (await service.client.get(path, headers={"Cookie": cookie})).status_code == 401


async def test_a_browsers_key_is_no_token_and_no_token_is_a_browsers_key(profile: Settings) -> None:
    async with serving(profile, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        key = browser.cookies["jobproc_session"]
        refused = await service.client.post("/v1/auth/refresh", json={"refresh_token": key})
        assert refused.status_code == 401
        assert (
            await service.client.get("/v1/me", headers={"Authorization": f"Bearer {key}"})
        ).status_code == 401
        assert "Jobs" in (await browser.get("/ui")).text
        tokens = (await service.client.post("/v1/auth/login", json=CREDENTIALS)).json()
        for token in (
            tokens["access_token"],
            tokens["refresh_token"],
            key[:-2] + "AA",
            key + "=",
            f"!{key}",
            "",
            "ü",
        ):
            async with browsing(service) as other:
                answer = await other.get(
                    "/ui/new", headers=[(b"Cookie", f"jobproc_session={token}".encode())]
                )
                assert answer.status_code == 303, token


async def test_whatever_ends_all_sessions_ends_those_of_browsers(profile: Settings) -> None:
    async with serving(profile, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        token = (await service.client.post("/v1/auth/login", json=CREDENTIALS)).json()["access_token"]
        await service.client.post("/v1/auth/logout-all", headers={"Authorization": f"Bearer {token}"})
        async with asyncio.timeout(5):
            while (await browser.get("/ui/new")).status_code == 200:  # noqa: ASYNC110 - the page has no bell
                await asyncio.sleep(0.2)


async def test_the_page_never_takes_a_token_of_the_api(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        ada = await service.register("ada")
        assert (await ada.get("/ui/overview")).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://elsewhere"},
        {"Origin": "null"},
        {"Origin": "http://jobproc.elsewhere"},
        {"Origin": "http://elsewhere@jobproc"},
        {"Origin": "//jobproc"},
        {"Origin": "http://["},
        {"Origin": "http://jobproc", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://jobproc", "Sec-Fetch-Site": "same-site"},
    ],
)
async def test_no_form_of_another_site_is_taken(memory: Settings, headers: dict[str, str]) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        ada = await service.client.post("/login", json=CREDENTIALS)
        token = {"Authorization": f"Bearer {ada.json()['access_token']}"}
        body = {"operation": "square_sum", "data": [1], "delay_seconds": 60}
        job = (await service.client.post("/v1/jobs", json=body, headers=token)).json()["id"]
        for name in OURS:
            del browser.headers[name]
        for path in (*FORMS, *(f"/ui/jobs/{job}/{action}" for action in ACTIONS)):
            answer = await browser.post(path, data={"action": "cancel"}, headers=headers)
            assert answer.status_code == 403, path
        shown = (await service.client.get(f"/v1/jobs/{job}", headers=token)).json()
        assert shown["status"] == "SCHEDULED"


async def test_nobody_sees_or_changes_the_jobs_of_others(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        job = (await (await service.register("owner")).submit_v1(delay_seconds=60))["id"]
        await sign_up(browser, "other")
        assert job not in (await browser.get("/ui")).text
        for path in ("", "/data", "/result", "/events"):
            assert (await browser.get(f"/ui/jobs/{job}{path}")).status_code == 404, path
        for action in ACTIONS:
            assert (await browser.post(f"/ui/jobs/{job}/{action}")).status_code == 404, action
        assert (await browser.get(f"/ui/new?again={job}")).status_code == 404
        assert "Cancelled 0 jobs." in (await browser.post("/ui/jobs/bulk", data={"action": "cancel"})).text


async def test_signing_out_ends_the_session(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        await browser.post("/ui/sign-out")
        assert (await browser.get("/ui/new")).headers["Location"].startswith("/ui/sign-in")


async def test_a_link_of_another_site_neither_needs_a_sign_in_nor_ends_one(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        for path in ("/ui", "/ui/new?operation=a%22b", "/ui/overview"):
            page = await service.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
            assert page.status_code == 200
            assert f'content="0; url={path}"' in page.text
            assert "Set-Cookie" not in page.headers


async def test_every_page_keeps_scripts_and_styles_to_its_own(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        for path in ("/ui", "/ui/new", "/ui/sign-in", "/ui/jobs/nothing", "/ui/nothing"):
            page = await browser.get(path)
            policy = page.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, path
            assert "unsafe" not in policy, path
            assert "<script>" not in page.text, path
            assert "style=" not in page.text, path
            assert page.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("place", ["//elsewhere", "https://elsewhere/ui/", "/uix", "javascript:alert(1)"])
async def test_signing_in_leads_nowhere_else(memory: Settings, place: str) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        answer = await browser.post("/ui/sign-up", data={**CREDENTIALS, "next": place})
        assert answer.headers["Location"] == "/ui"


async def test_what_is_vendored_comes_with_its_licence(memory: Settings) -> None:
    async with serving(memory, slots=0) as service:
        for name, word in (("htmx", "Zero-Clause"), ("pico", "MIT"), ("uplot", "MIT")):
            licence = await service.client.get(f"/ui/assets/{name}/LICENSE")
            assert word in licence.text, name


async def test_a_job_of_a_form_may_be_as_large_as_one_of_the_api(memory: Settings) -> None:
    settings = memory.model_copy(update={"max_body_bytes": 2000})
    async with serving(settings, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        form = {"operation": "square_sum", "/data": ",".join(["7"] * 900)}
        assert (await browser.post("/ui/new", data=form)).status_code == 303
        form["/data"] += ",7" * 500
        page = await browser.post("/ui/new", data=form)
        assert page.status_code == 413
        assert "The job is larger than 2000 bytes." in page.text


async def test_whatever_a_form_holds_is_no_failure_of_the_service(memory: Settings) -> None:
    async with serving(memory, slots=0) as service, browsing(service) as browser:
        await sign_up(browser)
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        bodies = (
            b"",
            b"%00",
            b"\xff\xfe",
            b"operation=square_sum&/data=%00",
            b"operation=%ED%A0%80",
            b"a=" * 5000,
        )
        more = (b"operation=echo&raw=1&/data=" + b"[" * 50_000, b"operation=square_sum&/data=" + b"9" * 1001)
        for path in FORMS:
            for body in (*bodies, *more):
                answer = await browser.post(path, content=body, headers=form)
                assert answer.status_code < 500, (path, body[:40])
                if b"%00" in body and path != "/ui/sign-out":
                    assert answer.status_code == 400, (path, body)
