"""Pages that move disturb nobody: not the focus, not what is open, not who reads further down."""

import asyncio
import re

import pytest
from playwright.async_api import Route, expect

from tests.browser.people import Person, Site

pytestmark = pytest.mark.anyio


ASK = """
document.addEventListener("htmx:after:swap", ({detail}) => {
  if (detail.ctx.sourceElement.id === "rows") document.body.dataset.answered = "";
});
document.getElementById("rows").dispatchEvent(new Event("renew"));
"""


async def submit_many(person: Person, count: int) -> list[str]:
    """So many jobs at once that their changes are more than a table is told one by one."""
    job = {"operation": "square_sum", "data": [1], "delay_seconds": 900, "tags": ["many"]}
    answer = await person.visitor.post("/v1/batches", {"jobs": [job] * count})
    return [str(id) for id in answer.json()["job_ids"]]


async def test_the_focus_stays_at_a_row_that_moves(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("slow_sum", [1] * 20, tags=["a tag"])
        page = await person.open()
        await expect(person.row(job).get_by_text("Running")).to_be_visible()
        for name in ("slow_sum", "a tag"):
            await person.row(job).get_by_role("link", name=name).focus()
        await expect(person.row(job).get_by_text("Succeeded")).to_be_visible()
        await expect(person.row(job).get_by_role("link", name="a tag")).to_be_focused()
        assert await page.locator("#rows tr").count() == 1


async def test_the_focus_stays_on_the_page_of_a_job_that_moves(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("slow_sum", [1] * 20)
        page = await person.open(f"/ui/jobs/{job}")
        copy = page.get_by_role("button", name="Copy the data")
        await copy.focus()
        await expect(page.get_by_role("heading", name="slow_sum Succeeded")).to_be_visible()
        await expect(copy).to_be_focused()


async def test_the_focus_goes_on_from_a_button_that_is_there_no_longer(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("slow_sum", [1] * 20)
        page = await person.open(f"/ui/jobs/{job}")
        await page.get_by_role("button", name="Cancel").focus()
        await expect(page.get_by_role("heading", name="slow_sum Succeeded")).to_be_visible()
        await expect(page.get_by_role("link", name="Run again with changes")).to_be_focused()


async def test_whoever_reads_further_down_is_left_there(site: Site) -> None:
    async with site.person() as person:
        await submit_many(person, 120)
        page = await person.open()
        # The page is told of changes once it shows one.
        await expect(person.row(await person.submit("square_sum", [1], delay_seconds=900))).to_be_visible()
        await page.mouse.wheel(0, 20_000)
        await expect(page.locator("#rows tr")).to_have_count(101)
        await page.mouse.wheel(0, -500)
        # However they are gathered, more than fifty come together.
        newest = (await submit_many(person, 300))[-1]
        renew = page.get_by_role("button", name="Much has changed")
        await expect(renew).to_be_visible()
        assert await page.evaluate("scrollY > innerHeight")
        assert await page.locator("#rows tr").count() >= 100
        await renew.click()
        await expect(page.locator("#rows tr").first).to_have_id(f"job-{newest}")
        await expect(renew).to_be_hidden()
        assert await page.evaluate("scrollY") == 0


async def test_an_answer_that_is_older_than_what_came_live_takes_nothing_back(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("slow_sum", [1] * 20)
        page = await person.open()
        await expect(person.row(job).get_by_text("Running")).to_be_visible()
        released = asyncio.Event()

        async def answer_late(route: Route) -> None:
            answer = await route.fetch()
            await released.wait()
            await route.fulfill(response=answer)

        await page.route("**/ui/jobs/rows*", answer_late)
        await page.evaluate(ASK)
        await person.visitor.until(job, "SUCCESS")
        other = await person.submit("square_sum", [2])
        await expect(person.row(other).get_by_text("Succeeded")).to_be_visible()
        await expect(person.row(job).get_by_text("Succeeded")).to_be_visible()
        released.set()
        await expect(page.locator("body[data-answered]")).to_be_attached()
        await expect(person.row(job).get_by_text("Succeeded")).to_be_visible()
        await expect(person.row(other).get_by_text("Succeeded")).to_be_visible()


async def test_what_is_open_on_the_overview_stays_open(site: Site) -> None:
    async with site.person() as person:
        done = await person.submit("square_sum", [1])
        await person.visitor.until(done)
        await person.page.clock.install()
        page = await person.open("/ui/overview")
        await page.get_by_text("The numbers of the plots").click()
        canvas = await page.locator("canvas").first.element_handle()
        done = await person.submit("square_sum", [1])
        await person.visitor.until(done)
        await page.clock.run_for(5_100)
        await expect(page.get_by_role("link", name=re.compile("Succeeded 2"))).to_be_visible()
        await expect(page.locator("details#numbers")).to_have_attribute("open", "")
        assert canvas is not None
        assert await canvas.evaluate("it => it.isConnected")


async def test_tabs_count_what_the_filters_leave(site: Site) -> None:
    async with site.person() as person:
        for tag in ("old", "old", "new"):
            await person.visitor.until(await person.submit("refuse", "no", tags=[tag]))
        await person.submit("square_sum", [1], tags=["old"], delay_seconds=900)
        page = await person.open("/ui?tag=old")
        for status, count in (("all", "3"), ("FAILED", "2"), ("SCHEDULED", "1"), ("SUCCESS", "")):
            await expect(page.locator(f"#count-{status}")).to_have_text(count)
        await person.visitor.until(await person.submit("refuse", "no", tags=["old"]))
        await expect(page.locator("#count-FAILED")).to_have_text("3")


async def test_a_second_click_is_no_second_job(site: Site) -> None:
    async with site.person() as person:
        page = await person.open("/ui/new?operation=square_sum")
        await page.get_by_label("Data").fill("1 2 3")
        await page.get_by_role("button", name="Submit").dblclick()
        await expect(page.get_by_role("heading", name=re.compile("square_sum"))).to_be_visible()
        await page.wait_for_url("**/ui/jobs/*")
        assert len((await person.visitor.get("/v1/jobs")).json()["items"]) == 1
