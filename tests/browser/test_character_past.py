"""A character's page tells what changed, how it was, and why what it shows is old."""

import re

import pytest
from playwright.async_api import Locator, expect

from support.browser import Demo, Visit, Visitor, new_account
from support.page_states import character, character_as_it_was, character_that_changed

pytestmark = pytest.mark.asyncio(loop_scope="session")


def region(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


def slots(visitor: Visitor) -> Locator:
    return region(visitor, "Gear").locator(".slot")


async def worn(visitor: Visitor) -> list[str]:
    await expect(slots(visitor).first).to_be_visible()
    return await slots(visitor).all_inner_texts()


async def test_a_character_that_was_seen_once_has_not_changed(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await character(visitor, await new_account(demo, 1))

    await visitor.sees("Nothing has changed since")

    history = region(visitor, "How it was before")
    await expect(history.get_by_role("link")).to_have_count(1)
    await expect(history.get_by_text("Not known")).to_have_count(0)
    chart = region(visitor, "Item level over time").get_by_role("img")
    await expect(chart).to_have_accessible_name(re.compile(r"Item level: \d+ whenever it was seen"))


async def test_after_playing_the_page_tells_slot_by_slot_what_changed(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await character_that_changed(visitor, await new_account(demo, 1))

    changed = region(visitor, "What changed since last time")
    await expect(changed).to_contain_text("Head: ")
    await expect(changed).to_contain_text(re.compile(r"Level: 79, was \d+"))
    await expect(changed.get_by_role("heading", name="Talents")).to_be_visible()
    await expect(region(visitor, "How it was before")).to_contain_text("Not known")
    level = region(visitor, "Item level over time")
    await expect(level.get_by_role("img")).to_have_accessible_name(re.compile("lowest .*highest"))
    await level.get_by_text("Item level as a table").click()
    await expect(level.get_by_role("row", name="Not known")).to_have_count(1)


async def test_a_character_is_seen_as_it_was_before_it_was_played(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo, 1)
    await character(visitor, account)
    first = await worn(visitor)
    await account.play(account.names[0])
    await page.get_by_role("button", name="Refresh", exact=True).click()
    links = region(visitor, "How it was before").get_by_role("link")
    await expect(links).to_have_count(2)
    await expect(slots(visitor)).not_to_have_text(first, use_inner_text=True)  # asked for beside the links
    second = await worn(visitor)

    await links.last.click()

    await visitor.sees(f"This is {account.names[0]} as of")
    await expect(slots(visitor)).to_have_text(first, use_inner_text=True)
    await expect(page.get_by_role("heading", level=1)).to_have_text(account.names[0])
    await expect(region(visitor, "Talents").get_by_role("tab").first).to_be_visible()
    await expect(page.get_by_role("button", name="Refresh", exact=True)).to_have_count(0)
    assert "?asOf=" in page.url
    await page.reload()
    await expect(slots(visitor)).to_have_text(first, use_inner_text=True)
    await page.get_by_role("link", name="Back to now").click()
    await expect(page.get_by_text("as of then").first).to_be_visible()
    await expect(slots(visitor)).to_have_text(second, use_inner_text=True)


async def test_a_character_before_anybody_looked_is_not_known(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await character_as_it_was(visitor, await new_account(demo, 1))

    await page.goto(page.url.split("?")[0] + "?asOf=2020-01-01T00:00:00Z")

    await visitor.sees("Gear had not been seen by then.")
    await expect(region(visitor, "Gear").locator(".slot")).to_have_count(0)


async def test_each_part_says_when_it_was_asked_for_and_when_it_is_again(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await character(visitor, await new_account(demo, 1))

    why = region(visitor, "Why is this old?")
    gear = why.get_by_role("listitem").filter(has=visitor.page.get_by_role("heading", name="Gear"))

    await expect(gear).to_contain_text("Battle.net has not changed it since")
    await expect(gear).to_contain_text("log out in the game to update. Asked just now, again in 20 days")
