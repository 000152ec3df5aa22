"""A player's first visit: sign in, sync, watch, look at a character."""

import re

import pytest
from playwright.async_api import expect

from support.browser import Demo, Visit, all_is_well, in_the_middle, known_account

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_player_signs_in_syncs_watches_and_opens_a_character(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page

    await page.goto("/")
    await page.get_by_role("link", name="Sign in with Battle.net").click()
    await expect(page.get_by_role("heading", name="Choose an account")).to_be_visible()
    await page.get_by_role("link", name=re.compile(r"^sixty\b")).click()
    await expect(page).to_have_url(f"{demo.url}/")
    await expect(page.get_by_role("banner")).to_contain_text("Sechzig#2160")

    await in_the_middle(visitor, await known_account(demo, "sixty"))
    latest = page.get_by_role("list", name="Latest characters")
    await expect(latest.get_by_role("listitem").first).to_contain_text(re.compile("Completed"))
    await all_is_well(demo)
    await visitor.reached(100)
    await visitor.sees("Sync complete")
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "60 of 60 characters, completed")
    await expect(page.get_by_role("article")).to_have_count(60)

    await page.get_by_role("link", name="Aldrin").click()
    await expect(page.get_by_role("heading", name="Aldrin", level=1)).to_be_visible()
    gear = page.get_by_role("region", name="Gear")
    await expect(gear.get_by_role("listitem").filter(has_text="Head")).to_contain_text(re.compile(r"item level \d+"))
    talents = page.get_by_role("region", name="Talents")
    await expect(talents.get_by_role("tab", selected=True)).to_contain_text("active")
    await talents.get_by_role("button", name="Copy loadout code").click()
    await expect(talents.get_by_role("status")).to_have_text("The loadout code is copied.")
    code = await talents.get_by_role("tabpanel").locator("code").inner_text()
    assert code
    assert await page.evaluate("navigator.clipboard.readText()") == code
