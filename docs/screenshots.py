"""The pictures of the page: `python -m docs.screenshots` takes them anew. It needs a Chromium, and the examples."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from dependency_injector import providers
from playwright.async_api import Browser, Page, async_playwright
from pydantic import SecretStr

from jobproc.adapters.memory.clock import MemoryClock, utc_now
from jobproc.entrypoints.container import MemoryAdapters
from jobproc.entrypoints.settings import Profile, Settings
from tests.browser.conftest import CHROMIUM, open_site
from tests.browser.people import Person, Site

IMAGES = Path(__file__).parent / "images"
EXAMPLES = Path(__file__).parents[1] / "examples" / "jobproc-examples" / "src"
MODULES = "jobproc_examples.text,jobproc_examples.tables,jobproc_examples.primes,tests.browser.operations"
# Shown as a whole, however long.
LONG = ("overview", "dark")
STEP = timedelta(minutes=30)
SETTINGS = Settings(
    profile=Profile.MEMORY,
    jwt_keys=SecretStr("docs:" + "k" * 32),
    operations=MODULES,
    rate_limit_auth="off",
    rate_limit_submit="off",
    rate_limit_read="off",
)
WIDE: dict[str, Any] = {"viewport": {"width": 1100, "height": 760}, "device_scale_factor": 1}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 760}, "device_scale_factor": 1}
TABLE = {"csv": "city,sold\nBern,2\nBasel,3\nBern,5\n", "group_by": "city", "sum_of": "sold"}


async def main() -> None:
    """Live through a day of somebody's jobs, and take the pictures at its end."""
    sys.path.insert(0, str(EXAMPLES))
    IMAGES.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        async with _site_with_a_day(browser) as (site, person):
            await _take(person)
            state = await person.page.context.storage_state()
            await _picture(site, state, "dark", "/ui/overview", color_scheme="dark", **WIDE)
            await _picture(site, state, "phone", "/ui", **PHONE)
        await browser.close()


@asynccontextmanager
async def _site_with_a_day(browser: Browser) -> AsyncIterator[tuple[Site, Person]]:
    """The service, with a clock that begins a day ago and is right at last."""
    behind = [timedelta(days=1)]
    adapters = MemoryAdapters(settings=SETTINGS)
    adapters.clock.override(providers.Object(MemoryClock(lambda: utc_now() - behind[0])))
    async with open_site(SETTINGS, browser, adapters=adapters) as site, site.person(**WIDE) as person:
        chance = random.Random(7)  # noqa: S311 - the same day each time
        while behind[0] > timedelta():
            await _some_jobs(person, chance, behind[0] / timedelta(days=1))
            behind[0] = max(behind[0] - STEP, timedelta())
        yield site, person


async def _some_jobs(person: Person, chance: random.Random, ago: float) -> None:
    """Half an hour's worth; the busier the later."""
    jobs = []
    for _ in range(int(chance.uniform(2, 14) * (1.2 - ago))):
        if chance.random() < 0.12:
            jobs.append(await person.submit("refuse", "The file is not there any more.", tags=["import"]))
        elif chance.random() < 0.4:
            jobs.append(await person.submit("sum_by_group", TABLE, tags=["nightly"]))
        else:
            jobs.append(await person.submit("slow_sum", [1] * chance.randint(1, 3)))
    for job in jobs:
        await person.visitor.until(job, seconds=60)


async def _take(person: Person) -> None:
    page = person.page
    await person.submit("sum_by_group", TABLE, delay_seconds=5400, tags=["nightly"])
    running = await person.submit("slow_sum", list(range(60, 160)), tags=["report"])
    failed = await person.submit("refuse", "row 17: 'twelve' is not a number", tags=["import"])
    big = await person.submit("cube_sum", [10**20 + 1, 12, -7])
    for job in (failed, big):
        await person.visitor.until(job)
    await asyncio.sleep(3)
    await _shoot(page, "jobs", "/ui")
    await _shoot(page, "running", f"/ui/jobs/{running}")
    await _shoot(page, "failed", f"/ui/jobs/{failed}")
    await _shoot(page, "result", f"/ui/jobs/{big}")
    await _shoot(page, "overview", "/ui/overview")
    await page.goto("/ui/new?operation=text_report")
    await page.get_by_label("Text").fill("It was the best of times, it was the worst of times")
    await page.locator("[id='/data/limit']").fill("1000")
    await page.get_by_role("button", name="Submit").click()
    await _shoot(page, "form")
    await page.goto("/ui?status=FAILED&tag=import")
    await page.get_by_role("button", name="Retry all…").click()
    await _shoot(page, "bulk")


async def _picture(site: Site, state: Any, name: str, path: str, **options: Any) -> None:
    context = await site.browser.new_context(base_url=site.url, storage_state=state, **options)
    await _shoot(await context.new_page(), name, path)
    await context.close()


async def _shoot(page: Page, name: str, path: str | None = None) -> None:
    if path:
        await page.goto(path)
    # The stream and the counts come a moment after the page.
    await page.wait_for_timeout(1500)
    await page.screenshot(path=IMAGES / f"{name}.png", full_page=name in LONG)
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    asyncio.run(main())
