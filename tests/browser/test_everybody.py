"""The page is for everybody: by keyboard, on a phone, in the dark, by ear; and it trusts no text of theirs."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.people import Person, Site

pytestmark = pytest.mark.anyio
SCHEMES = ("light", "dark")
SCRIPT = "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>"
LONG = "say_what_the_longest_name_is_that_anybody_gave_to_an_operation"
PHONE = {"viewport": {"width": 360, "height": 700}, "has_touch": True, "is_mobile": True}


async def busy(person: Person) -> dict[str, str]:
    """Jobs of every kind, with the pages that show them."""
    failed = await person.submit("refuse", "no", tags=["a tag"])
    running = await person.submit("slow_sum", [1] * 200)
    done = await person.submit("echo", {"a list": list(range(100))})
    long = await person.submit(LONG, "word" * 100, tags=["t" * 64, *map(str, range(19))])
    await person.submit("square_sum", [1], delay_seconds=900)
    await person.visitor.until(failed)
    await person.visitor.until(done)
    await person.visitor.until(running, "IN_PROGRESS")
    jobs = {
        name: f"/ui/jobs/{id}"
        for name, id in (("failed", failed), ("running", running), ("done", done), ("long", long))
    }
    return {
        **jobs,
        "table": "/ui",
        "empty table": "/ui?status=CANCELLED",
        "operations": "/ui/new",
        "form": "/ui/new?operation=text_report",
        "long form": f"/ui/new?operation={LONG}",
        "json": "/ui/new?operation=echo",
        "overview": "/ui/overview",
        "nothing": "/ui/jobs/00000000-0000-0000-0000-000000000000",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_no_page_keeps_anybody_out(site: Site, scheme: Any) -> None:
    async with site.person(color_scheme=scheme) as person:
        found = {}
        for name, path in (await busy(person)).items():
            await person.open(path)
            found[name] = await person.violations()
        await person.page.goto("/ui?status=FAILED")
        await person.page.get_by_role("button", name="Retry all…").click()
        found["dialog"] = await person.violations()
        await person.page.goto("/ui/new?operation=text_report")
        await person.page.locator("[id='/data/limit']").fill("1000")
        await person.page.get_by_role("button", name="Submit").click()
        await expect(person.page.get_by_role("alert")).to_be_focused()
        found["wrong form"] = await person.violations()
        assert not {name: each for name, each in found.items() if each}


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_strangers_are_not_kept_out_either(site: Site, scheme: Any) -> None:
    async with site.stranger(color_scheme=scheme) as (page, _):
        person = Person(page, None, site.url)  # type: ignore[arg-type]
        for path in ("/ui", "/ui/sign-up"):
            await person.open(path)
            assert await person.violations() == []


async def test_the_dark_is_dark(site: Site) -> None:
    for scheme, is_dark in (("dark", True), ("light", False)):
        async with site.stranger(color_scheme=scheme) as (page, _):
            await page.goto("/ui")
            color = await page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            shades = [int(each) for each in re.findall(r"\d+", color)[:3]]
            assert (max(shades) < 80) is is_dark


async def test_no_page_is_wider_than_a_phone(site: Site) -> None:
    async with site.person(**PHONE) as person:
        for name, path in (await busy(person)).items():
            page = await person.open(path)
            width = await page.evaluate("document.documentElement.scrollWidth")
            assert width <= 360, name
            if name == "table":
                table = page.locator(".table")
                assert await table.evaluate("it => it.scrollWidth <= it.clientWidth")


async def test_everything_can_be_done_by_keyboard(site: Site) -> None:
    async with site.person() as person:
        page = await person.open()
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await go_to(page, "New job")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/ui/new")
        await go_to(page, "slow_sum")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/ui/new?operation=slow_sum")
        await go_to(page, "Data")
        await page.keyboard.type("1 2 3" + " 4" * 100)
        await go_to(page, "Submit")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/ui/jobs/*")
        await expect(page.get_by_role("progressbar", name="Progress")).to_be_visible()
        await go_to(page, "Cancel")
        await page.keyboard.press("Space")
        await expect(page.get_by_role("heading", name="slow_sum Cancelled")).to_be_visible()
        await go_to(page, "Delete")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="Keep it")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_be_hidden()
        await expect(page.get_by_role("button", name="Delete", exact=True)).to_be_focused()


async def go_to(page: Page, name: str) -> None:
    """Press Tab until what has that name has the focus; everything that gets it on the way must show it."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        focused = await page.evaluate(FOCUSED)
        if focused is None:
            continue
        assert focused["isShown"], f"{focused['said']} does not show that it has the focus"
        if focused["said"].startswith(name):
            return
    raise AssertionError(f"{name} cannot be reached by keyboard")


FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  return at === document.body ? null : {
    said: (at.labels?.[0] ?? at).textContent.trim() || at.ariaLabel || "",
    isShown: style.outlineStyle !== "none" || style.boxShadow !== "none",
  };
}"""


async def test_wrong_input_is_told_at_its_field_in_the_words_of_the_api(site: Site) -> None:
    async with site.person() as person:
        page = await person.open("/ui/new?operation=text_report")
        await page.locator("[id='/data/limit']").fill("1000")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        limit = page.locator("[id='/data/limit']")
        await expect(limit).to_have_value("1000")
        await expect(limit).to_have_attribute("aria-invalid", "true")
        await expect(limit).to_have_accessible_description(
            re.compile("Input should be less than or equal to 100")
        )
        await page.get_by_role("alert").get_by_role("link", name="Limit").click()
        await expect(limit).to_be_focused()
        await limit.fill("two")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.locator("[id='/data/limit']")).to_have_accessible_description(
            re.compile("Input should be a valid integer")
        )


async def test_a_wrong_number_of_a_list_and_a_wrong_option_are_pointed_at(site: Site) -> None:
    async with site.person() as person:
        page = await person.open("/ui/new?operation=square_sum")
        await page.get_by_label("Data").fill("1, 2.5\nx")
        await page.get_by_text("Options").click()
        await page.get_by_label("Priority").fill("1000")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_label("Priority")).to_have_accessible_description(re.compile("100"))
        await page.get_by_label("Priority").fill("5")
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_label("Data")).to_have_accessible_description(
            re.compile("Number 2: .* Number 3: Input should be a valid integer")
        )
        await expect(page.get_by_label("Data")).to_have_value("1, 2.5\nx")


async def test_what_is_no_json_is_told_before_it_is_sent_on(site: Site) -> None:
    async with site.person() as person:
        page = await person.open("/ui/new?operation=echo")
        await page.get_by_label("Data").fill('{"a": 1,}')
        await page.get_by_role("button", name="Submit").click()
        await expect(page.get_by_label("Data")).to_have_accessible_description(re.compile("not JSON.*line 1"))


async def test_whatever_users_write_stays_text(site: Site) -> None:
    async with site.person() as person:
        tag = "<b onclick=alert(1)>t</b>"
        jobs = [
            await person.submit("echo", {SCRIPT: [SCRIPT]}, tags=[tag]),
            await person.submit("refuse", SCRIPT, tags=[tag]),
        ]
        for job in jobs:
            await person.visitor.until(job)
        for path in (
            "/ui",
            *(f"/ui/jobs/{job}" for job in jobs),
            f"/ui/new?again={jobs[0]}",
            f"/ui?tag={tag}",
        ):
            page = await person.open(path)
            await expect(
                page.get_by_text("onclick").or_(page.locator(f'input[value="{tag}"]')).first
            ).to_be_attached()
            assert await page.title() != "taken"
            assert await page.locator("img[src=x], b[onclick], main script").count() == 0
        await expect(page.locator("#rows tr")).to_have_count(2)
        # What comes live is drawn by the same rules.
        late = await person.submit("refuse", SCRIPT, tags=[tag])
        await expect(person.row(late).get_by_text("Failed")).to_be_visible()
        assert await page.locator("img[src=x], b[onclick], main script").count() == 0
        assert await page.title() != "taken"


async def test_wrong_passwords_and_taken_names_are_told_in_the_form(site: Site) -> None:
    await site.service.register("taken")
    async with site.stranger() as (page, _):
        await page.goto("/ui/sign-up")
        await page.get_by_label("Name").fill("Taken")
        await page.get_by_label("Password").fill("something-else-7")
        await page.get_by_role("button", name="Sign up").click()
        await expect(page.get_by_role("alert")).to_have_text(re.compile("already registered|taken"))
        await page.get_by_role("link", name="Sign in").click()
        await page.get_by_label("Name").fill("taken")
        await page.get_by_label("Password").fill("something-else-7")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_role("alert")).to_have_text("Invalid credentials")
        await expect(page.get_by_label("Password")).to_have_value("")


async def test_a_page_of_before_signing_in_is_opened_after_it(site: Site) -> None:
    async with site.person() as person:
        job = await person.submit("square_sum", [3])
        await person.page.context.clear_cookies()
        page = await person.open(f"/ui/jobs/{job}")
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
