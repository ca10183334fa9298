"""People at a browser, and what they do again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.async_api import Browser, Locator, Page, Response, expect

from jobproc.domain.filters import EVERY_JOB
from tests.integration.http.service import PASSWORD, Service, Visitor

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who has signed up: the page that is open, and their own programs beside it."""

    page: Page
    visitor: Visitor
    url: str
    troubles: list[str] = field(default_factory=list)

    async def open(self, path: str = "/ui") -> Page:
        """Go to a page."""
        await self.page.goto(self.url + path)
        return self.page

    async def submit(self, operation: str, data: Any, **options: Any) -> str:
        """A job of theirs that did not come from the page; its id."""
        return str((await self.visitor.submit_v1(data, operation, **options))["id"])

    def row(self, job: str) -> Locator:
        """The job's row of the table."""
        return self.page.locator(f"#job-{job}")

    async def violations(self) -> list[str]:
        """What axe finds wrong with the page for those who do not see or use it as others do."""
        await self.page.evaluate(AXE)
        found = await self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['id']}: {each['help']}: {[node['target'] for node in each['nodes']]}"
            for each in found["violations"]
        ]


@dataclass(frozen=True, slots=True)
class Site:
    """The service, and where browsers find it."""

    browser: Browser
    service: Service
    url: str

    @asynccontextmanager
    async def stranger(self, **options: Any) -> AsyncIterator[tuple[Page, list[str]]]:
        """An open browser window, and what goes wrong in it: errors of scripts, breaches of the policy, failures."""
        context = await self.browser.new_context(base_url=self.url, **options)
        page = await context.new_page()
        page.set_default_timeout(15_000)
        expect.set_options(timeout=15_000)
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on(
            "console", lambda told: troubles.append(told.text) if _is_trouble(told.text, told.type) else None
        )
        page.on("response", lambda answer: troubles.append(answer.url) if _has_failed(answer) else None)
        try:
            yield page, troubles
        finally:
            await context.close()

    @asynccontextmanager
    async def person(self, **options: Any) -> AsyncIterator[Person]:
        """Somebody new, signed up in their own window; nothing may go wrong in it."""
        async with self.stranger(**options) as (page, troubles):
            name = f"person-{next(_numbers)}"
            visitor = await self.service.register(name)
            await sign_in(page, name)
            yield Person(page, visitor, self.url, troubles)
            assert not troubles
            # What still runs would keep the slots from the next test.
            me = (await visitor.get("/v1/me")).json()["id"]
            await self.service.application.cancel_jobs(UUID(me), EVERY_JOB)


async def sign_in(page: Page, name: str) -> None:
    """With the password that everybody has here."""
    await page.goto("/ui/sign-in")
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url("**/ui")


def _is_trouble(text: str, kind: str) -> bool:
    # Refusals are told in the console as well; the answers that are failures are counted by themselves.
    return kind == "error" and "Failed to load resource" not in text


def _has_failed(answer: Response) -> bool:
    return answer.status >= 500
