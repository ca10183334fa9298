"""Sessions, as the client holds them, over both profiles."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from jobproc.client import AsyncClient, NotAuthenticated, StatusEvent, Tokens
from jobproc.client.core.session import HeldTokens
from jobproc.entrypoints.settings import Settings
from tests.integration.http.service import PASSWORD, Service

pytestmark = pytest.mark.anyio

# Tokens end at whole seconds of the clock: one of two seconds is good for more than one.
TOKEN_SECONDS, UNTIL_ENDED = 2, 2.1


@pytest.fixture
def profile(profile: Settings) -> Settings:
    """Access tokens end soon."""
    changed = {"access_token_seconds": TOKEN_SECONDS, "operations": "tests.integration.http.client.steps"}
    return profile.model_copy(update=changed)


@asynccontextmanager
async def client_of(
    service: Service, store: HeldTokens | None = None, token: str | None = None
) -> AsyncIterator[AsyncClient]:
    transport = httpx2.ASGITransport(app=service.served, raise_app_exceptions=False)
    async with AsyncClient(
        "http://jobproc", patience=5, store=store, token=token, transport=transport
    ) as client:
        yield client


async def test_a_session_outlives_its_access_tokens(service: Service) -> None:
    store = HeldTokens()
    async with client_of(service, store) as ada:
        await ada.register("ada", PASSWORD)
        first = store.load()
        await asyncio.sleep(UNTIL_ENDED)
        jobs = await asyncio.gather(*(ada.submit("square_sum", [number]) for number in range(5)))
        assert [await job.result() for job in jobs] == [0, 1, 4, 9, 16]
        assert store.load() not in (None, first)
        assert (await ada.me()).username == "ada"


async def test_a_stream_outlives_its_access_token_without_a_gap_or_a_repeat(service: Service) -> None:
    store = HeldTokens()
    async with client_of(service, store) as ada:
        await ada.register("ada", PASSWORD)
        first = store.load()
        job = await ada.submit("count", 24)
        steps = [event.step async for event in job.events() if isinstance(event, StatusEvent)]
        assert [step.status for step in steps] == ["PENDING", "IN_PROGRESS", "SUCCESS"]
        assert store.load() != first
        assert await job.result() == 24


async def test_who_has_logged_out_is_out_with_all_tokens(service: Service) -> None:
    store = HeldTokens()
    async with client_of(service, store) as ada:
        await ada.register("ada", PASSWORD)
        kept = store.load()
        await ada.logout()
        assert store.load() is None
        with pytest.raises(NotAuthenticated):
            await ada.me()
    assert isinstance(kept, Tokens)
    async with client_of(service, HeldTokens(Tokens("jp_none", kept.refresh))) as thief:
        with pytest.raises(NotAuthenticated):
            await thief.me()
