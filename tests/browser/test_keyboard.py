"""The page without a mouse: everything can be reached, and it is always to be seen where one is."""

import pytest
from playwright.async_api import Locator, Page, expect

from support.browser import Demo, Visit, new_account

pytestmark = pytest.mark.asyncio(loop_scope="session")

# A radio button and its label are one to the eye: the ring may be around either.
SHOWS_FOCUS = """() => {
  const here = document.activeElement;
  if (here === null || here === document.body) return 'nothing has the focus';
  const shown = [here, here.nextElementSibling, here.closest('label')].filter(Boolean).some((element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
    return (outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2) || boxShadow !== 'none';
  });
  const { width, height, top, bottom } = (here.closest('label') ?? here).getBoundingClientRect();
  if (width * height === 0 || bottom <= 0 || top >= innerHeight) return `${here.outerHTML} is out of sight`;
  return shown ? '' : `${here.outerHTML} has no ring`;
}"""


async def press(page: Page, key: str) -> None:
    await page.keyboard.press(key)
    assert await page.evaluate(SHOWS_FOCUS) == ""


async def tab_to(page: Page, wanted: Locator, *, at_most: int = 40) -> None:
    """Press Tab until the wanted control has the focus; every one on the way shows that it has it."""
    await expect(wanted).to_be_visible()
    for _ in range(at_most):
        await press(page, "Tab")
        if await wanted.evaluate("element => element === document.activeElement"):
            return
    pytest.fail(f"{wanted} is not reached by {at_most} presses of Tab")


async def test_a_sync_is_started_and_a_character_opened_by_keyboard_alone(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in("mixed")

    await press(page, "Tab")
    await expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    await tab_to(page, page.get_by_role("radio", checked=True))
    progression = page.get_by_role("radio", name="Classic Progression")
    for _ in range(5):
        await press(page, "ArrowRight")
        if await progression.is_checked():
            break
    await expect(progression).to_be_checked()
    await tab_to(page, page.get_by_label("Region", exact=True), at_most=1)
    await press(page, "E")
    await expect(page.get_by_label("Region", exact=True)).to_have_value("eu")
    await tab_to(page, page.get_by_role("button", name="Sync", exact=True), at_most=1)
    await page.keyboard.press("Enter")
    await visitor.sees("Sync complete")
    await visitor.sees("4 of 4 characters")

    await tab_to(page, page.get_by_role("article").get_by_role("link", name="Rädchen"))
    await page.keyboard.press("Enter")

    await expect(page.get_by_role("heading", name="Rädchen", level=1)).to_be_visible()
    await press(page, "Tab")


async def test_skipping_to_the_content_leaves_the_navigation_behind(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in("six")
    await expect(page.get_by_role("radio", checked=True)).to_be_attached()

    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await press(page, "Tab")

    await expect(page.get_by_role("radio", checked=True)).to_be_focused()


async def test_specializations_are_changed_with_the_arrow_keys(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in("six")
    await visitor.sync()
    await page.get_by_role("link", name="Pallywar", exact=True).first.click()
    tabs = page.get_by_role("tab")
    await tab_to(page, page.get_by_role("tab", selected=True))
    chosen = await page.get_by_role("tab", selected=True).inner_text()

    await press(page, "ArrowRight")

    await expect(page.get_by_role("tab", selected=True)).to_be_focused()
    assert await tabs.count() > 1
    assert await page.get_by_role("tab", selected=True).inner_text() != chosen


async def test_a_link_leads_to_the_top_of_its_page_and_the_way_back_to_where_one_was(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in(await new_account(demo, 24))
    await visitor.sync()
    await expect(page.get_by_role("article")).to_have_count(24)
    last = page.get_by_role("article").last.get_by_role("link")
    await last.scroll_into_view_if_needed()
    down = await page.evaluate("scrollY")
    assert down > 0

    await last.click()

    await visitor.sees("Talents")
    assert await page.evaluate("scrollY") == 0
    await expect(page.get_by_role("main")).to_be_focused()
    await press(page, "Tab")
    await expect(page.get_by_role("link", name="All characters")).to_be_focused()
    await page.go_back()
    await expect(last).to_be_in_viewport()
