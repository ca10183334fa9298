"""The page in a real browser, over the service in this process."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from playwright.async_api import Browser, async_playwright
from pydantic import SecretStr

from jobproc.entrypoints.settings import Profile, Settings
from tests.browser.people import Site
from tests.integration.http.service import Adapters, serving

KEYS = SecretStr("test:" + "k" * 32)
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
CHROMIUM = os.environ.get("JOBPROC_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
WHY_NOT = (
    "THE PAGE WAS NOT TESTED: there is no Chromium here. Install it (apt-get install chromium), or set"
    " JOBPROC_TEST_CHROMIUM to its path."
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser nothing here can run."""
    if CHROMIUM is None:
        for item in items:
            if "tests/browser" in item.nodeid:
                item.add_marker(pytest.mark.skip(reason=WHY_NOT))


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """One browser for all tests of a process."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def site(browser: Browser, anyio_backend: str) -> AsyncIterator[Site]:
    """The service in memory; each test has users of its own."""
    settings = Settings(
        profile=Profile.MEMORY, jwt_keys=KEYS, operations="tests.browser.operations", rate_limit_auth="off"
    )
    async with open_site(settings, browser) as site:
        yield site


@asynccontextmanager
async def open_site(
    settings: Settings, browser: Browser, *, adapters: Adapters | None = None, slots: int = 2
) -> AsyncIterator[Site]:
    """The service on a port of its own."""
    async with serving(settings, adapters, slots=slots) as service:
        listener = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(service.served, lifespan="off", log_level="warning"))
        running = asyncio.create_task(server.serve([listener]))
        try:
            yield Site(browser, service, f"http://127.0.0.1:{listener.getsockname()[1]}")
        finally:
            service.streams.closing = True
            server.should_exit = True
            await running
