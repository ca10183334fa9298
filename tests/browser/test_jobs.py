"""From signing up to a result, and everything that can be done to jobs on the way."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.people import Site
from tests.integration.http.service import PASSWORD

pytestmark = pytest.mark.anyio
BIG = 10**40 + 7


async def test_somebody_new_signs_up_runs_a_job_and_reads_its_result(site: Site) -> None:
    async with site.stranger() as (page, troubles):
        await page.goto("/ui")
        await page.get_by_role("link", name="Sign up").click()
        await page.get_by_label("Name").fill("Grace")
        await page.get_by_label("Password").fill(PASSWORD)
        await page.get_by_role("button", name="Sign up").click()
        await expect(page.get_by_text("No jobs yet.")).to_be_visible()
        await page.get_by_role("link", name="Submit the first one").click()
        await page.get_by_role("link", name=re.compile("cube_sum")).click()
        await page.get_by_label("Data", exact=True).fill(f"1, 2\n{BIG}")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_role("heading", name="cube_sum Succeeded")).to_be_visible()
        await expect(page.locator("#result")).to_have_text(str(9 + BIG**3))
        await page.get_by_role("button", name="Sign out").click()
        await page.goto("/ui")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        assert not troubles


async def test_a_job_is_seen_to_move_without_a_reload(site: Site) -> None:
    async with site.person() as person:
        page = await person.open()
        job = await person.submit("slow_sum", list(range(30)))
        row = person.row(job)
        await expect(row.get_by_text("Running")).to_be_visible()
        await expect(row.get_by_text(re.compile(r"[2-9]\d?% *\)|\(\d\d%\)"))).to_be_visible()
        await row.get_by_role("link", name="slow_sum").click()
        bar = page.get_by_role("progressbar", name="Progress")
        await expect(bar).to_have_js_property("max", 30)
        seen = await bar.evaluate("bar => bar.value")
        await page.wait_for_function(f"() => document.querySelector('progress')?.value > {seen}")
        await expect(page.locator("#result")).to_have_text(str(sum(range(30))))
        await expect(page.get_by_role("listitem").filter(has_text="attempt 1")).to_be_visible()


async def test_a_running_job_is_cancelled_retried_and_deleted(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("slow_sum", [1] * 100)
        page = await person.open(f"/ui/jobs/{job}")
        await page.get_by_role("button", name="Cancel").click()
        await expect(page.get_by_role("heading", name="slow_sum Cancelled")).to_be_visible()
        await page.get_by_role("button", name="Retry").click()
        await expect(page.get_by_role("heading", name="slow_sum Running")).to_be_visible()
        await page.get_by_role("button", name="Cancel").click()
        await page.get_by_role("button", name="Delete").click()
        await page.get_by_role("button", name="Delete it").click()
        await expect(page.get_by_text("No jobs yet.")).to_be_visible()
        assert (await person.visitor.get(f"/v1/jobs/{job}")).status_code == 404


async def test_a_failure_says_why(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("refuse", "the reason")
        page = await person.open(f"/ui/jobs/{job}")
        await expect(page.get_by_role("region", name="Error")).to_contain_text("ValueError")
        await expect(page.get_by_role("region", name="Error")).to_contain_text("the reason")


async def test_all_jobs_that_a_filter_shows_are_retried_on_the_screen_or_not(site: Site) -> None:
    async with site.person() as person:
        jobs = [await person.submit("refuse", str(number), tags=["old"]) for number in range(70)]
        other = await person.submit("refuse", "other")
        for job in (*jobs, other):
            await person.visitor.until(job)
        page = await person.open("/ui?status=FAILED&tag=old")
        await expect(page.locator("#rows tr").nth(49)).to_be_attached()
        await page.get_by_role("button", name="Retry all…").click()
        await page.get_by_role("button", name="Retry them").click()
        await expect(page.get_by_text("Retried 70 jobs.")).to_be_visible()
        steps = (await person.visitor.get(f"/v1/jobs/{other}/events")).json()["items"]
        assert "retried" not in [step["cause"] for step in steps]


async def test_a_table_keeps_up_with_more_changes_than_it_can_draw(site: Site) -> None:
    async with site.person() as person:
        page = await person.open()
        for number in range(130):
            last = await person.submit("square_sum", [number])
        await expect(page.locator("#rows tr").first).to_have_id(f"job-{last}")
        await person.visitor.until(last)
        await expect(person.row(last).get_by_text("Succeeded")).to_be_visible()


async def test_everything_that_waits_or_runs_is_cancelled_at_once(site: Site) -> None:
    async with site.person() as person:
        await person.submit("slow_sum", [1] * 100)
        for _ in range(3):
            await person.submit("square_sum", [1], delay_seconds=600)
        done = await person.submit("square_sum", [1])
        await person.visitor.until(done)
        page = await person.open()
        await page.get_by_role("button", name="Cancel all…").click()
        await page.get_by_role("button", name="Cancel them").click()
        await expect(page.get_by_text("Cancelled 4 jobs.")).to_be_visible()
        await expect(page.locator("#rows").get_by_text("Cancelled")).to_have_count(4)
        await expect(person.row(done).get_by_text("Succeeded")).to_be_visible()


async def test_an_earlier_job_is_run_again_with_changes(site: Site) -> None:
    async with site.person() as person:
        data = {"text": "so be it", "unit": "letters", "ignored": ["be"], "limit": 3}
        job = await person.submit("text_report", data, tags=["first"])
        page = await person.open(f"/ui/jobs/{job}")
        await page.get_by_role("link", name="Run again with changes").click()
        await expect(page.get_by_label("Ignored")).to_have_value("be")
        await expect(page.get_by_label("Tags")).to_have_value("first")
        await page.get_by_label("Text").fill("to be or not to be")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.locator("#result")).to_have_text('{"to": 2, "or": 1, "not": 1}')
        again = page.url.rpartition("/")[2]
        shown = (await person.visitor.get(f"/v1/jobs/{again}")).json()
        assert shown["data"] == {**data, "text": "to be or not to be", "fold": True}
        assert shown["tags"] == ["first"]


async def test_older_jobs_come_as_one_scrolls(site: Site) -> None:
    async with site.person() as person:
        jobs = [await person.submit("square_sum", [1], delay_seconds=900) for _ in range(120)]
        page = await person.open()
        await expect(page.locator("#rows tr")).to_have_count(50)
        for expected in (100, 120):
            await page.mouse.wheel(0, 20_000)
            await expect(page.locator("#rows tr")).to_have_count(expected)
        shown = await page.locator("#rows tr").evaluate_all("rows => rows.map(row => row.id)")
        assert shown == [f"job-{job}" for job in reversed(jobs)]


async def test_a_tab_and_filters_narrow_the_table_also_while_it_moves(site: Site) -> None:
    async with site.person() as person:
        page = await person.open("/ui?status=SUCCESS")
        await page.get_by_label("Operation").select_option("cube_sum")
        await page.wait_for_url("**operation=cube_sum*")
        wrong = await person.submit("square_sum", [2])
        right = await person.submit("cube_sum", [2])
        await expect(person.row(right).get_by_text("Succeeded")).to_be_visible()
        assert await person.row(wrong).count() == 0


async def test_the_command_for_curl_submits_the_same(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("echo", {"it's": [BIG, "$HOME `x`"]})
        page = await person.open(f"/ui/jobs/{job}")
        await page.get_by_text("Submit the same with curl").click()
        command = await page.locator("#curl").text_content()
        assert command is not None
        assert f"{site.url}/v1/jobs" in command
        assert '\'{"operation":"echo","data":{"it\'"\'"\'s":' in command
