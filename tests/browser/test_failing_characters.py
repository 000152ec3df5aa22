"""What does not arrive says why, and can be fetched again."""

import pytest
from playwright.async_api import Locator, expect

from support.browser import Demo, Visit, Visitor, all_is_well, fault, new_account, no_page, unreadable_gear

pytestmark = pytest.mark.asyncio(loop_scope="session")


def card(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("article").filter(has=visitor.page.get_by_role("link", name=name, exact=True))


async def test_failed_and_skipped_characters_say_why_and_a_retry_brings_them(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo, 5)  # as many as the list of the latest ones shows
    unreadable, unknown = account.names[:2]
    await unreadable_gear(demo, unreadable)
    await no_page(demo, unknown)
    await visitor.sign_in(account)
    await visitor.sync()

    await visitor.sees("1 skipped")
    await visitor.sees("1 failed")
    latest = page.get_by_role("list", name="Latest characters").get_by_role("listitem")
    await expect(latest.filter(has_text=unreadable)).to_contain_text("Failed: Battle.net’s answer could not be read")
    await expect(latest.filter(has_text=unknown)).to_contain_text("Skipped: Battle.net does not know it")
    await expect(card(visitor, unreadable)).to_contain_text("Gear missing: Battle.net’s answer could not be read.")

    await page.get_by_role("link", name="Details").click()
    rows = page.get_by_role("table").get_by_role("row")
    await expect(rows.nth(1)).to_contain_text("Failed")
    await expect(rows.nth(1)).to_contain_text("Battle.net’s answer could not be read.")
    await expect(rows.nth(2)).to_contain_text("Skipped")
    await expect(rows.nth(2)).to_contain_text("Log in with the character, log out again, then refresh.")

    await all_is_well(demo)
    await page.get_by_role("link", name="Characters", exact=True).click()
    await page.get_by_role("button", name="Try 2 characters again").click()

    await visitor.sees("2 of 2 characters")
    await visitor.sees("Sync complete")
    await expect(page.get_by_text("missing")).to_have_count(0)
    await expect(page.get_by_role("article").filter(has_text="Not fetched yet")).to_have_count(0)


async def test_a_failed_sync_is_retried_from_its_details(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo)
    await unreadable_gear(demo, account.names[0])
    await visitor.sign_in(account)
    await visitor.sync()
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="5 of 6 characters updated, 1 failed").click()
    await all_is_well(demo)

    await page.get_by_role("button", name="Try 1 character again").click()

    await visitor.sees("1 of 1 character updated")
    await expect(page.get_by_role("table").get_by_role("row", name=account.names[0])).to_contain_text("Completed")


async def test_one_character_is_refreshed_from_its_card(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    account = await new_account(demo)
    name = account.names[0]
    await unreadable_gear(demo, name)
    await visitor.sign_in(account)
    await visitor.sync()
    await expect(card(visitor, name)).to_contain_text("Gear missing")
    await all_is_well(demo)

    await visitor.page.get_by_role("button", name=f"Refresh {name}", exact=True).click()

    await expect(card(visitor, name)).not_to_contain_text("Gear missing")
    await expect(card(visitor, name)).to_contain_text("Updated just now")
    await expect(visitor.page.get_by_role("button", name=f"Refresh {name}", exact=True)).to_be_enabled()


async def test_one_character_is_refreshed_from_its_page(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo)
    await unreadable_gear(demo, account.names[0])
    await visitor.sign_in(account)
    await visitor.sync()
    await page.get_by_role("link", name=account.names[0], exact=True).first.click()
    await visitor.sees("Gear: nothing to show yet")
    await visitor.sees("No gear to show")
    await all_is_well(demo)

    await page.get_by_role("button", name="Refresh", exact=True).click()

    await visitor.sees("1 of 1 character")
    await expect(page.get_by_role("region", name="Gear").get_by_role("listitem").first).to_contain_text("item level")
    await expect(page.get_by_text("Gear: nothing to show yet")).to_have_count(0)


async def test_a_character_that_has_left_the_account_is_kept_out_of_sight(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo)
    gone = account.names[0]
    await visitor.sign_in(account)
    await visitor.sync()
    await expect(page.get_by_role("article")).to_have_count(6)
    await account.lose(gone)
    visitor.guard.allow("404 .*/renders/")  # nor is there a picture of it any more
    await page.get_by_role("button", name="Close").click()
    await visitor.sync()
    await expect(page.get_by_role("article")).to_have_count(5)

    await page.get_by_role("checkbox", name="Show 1 archived").check()

    await expect(card(visitor, gone)).to_contain_text("No longer on your Battle.net account")
    await expect(card(visitor, gone).get_by_role("button")).to_have_count(0)
    await card(visitor, gone).get_by_role("link").click()
    await visitor.sees("This character is no longer on your Battle.net account.")


async def test_while_battle_net_is_down_the_player_reads_why_and_can_try_again(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in(await new_account(demo))
    await fault(demo, "/profile/user/wow", {"status": 503})
    visitor.guard.allow("Failed to load resource.* 50[23] .*/characters/sync")

    await visitor.press_sync()

    refusal = page.get_by_role("alert")
    await expect(refusal).to_contain_text("The sync did not start.")
    await expect(refusal).to_contain_text("Battle.net")
    await all_is_well(demo)
    await visitor.sync()
    await expect(refusal).to_have_count(0)


async def test_a_picture_that_cannot_be_loaded_is_drawn(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.context.route("**/renders/**", lambda route: route.abort())
    visitor.guard.allow("ERR_FAILED .*/renders/")
    await visitor.sign_in(await new_account(demo))
    await visitor.sync()

    await expect(visitor.page.locator("article svg.avatar__drawn")).to_have_count(6)
    await expect(visitor.page.locator("article img")).to_have_count(0)


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/characters/0198c0de-0000-7000-8000-000000000000", "There is no such character"),
        ("/characters/nonsense", "There is no such character"),
        ("/history/0198c0de-0000-7000-8000-000000000000", "There is no such sync"),
        ("/nowhere", "There is no such page"),
    ],
)
async def test_an_address_of_nothing_says_so(demo: Demo, visit: Visit, address: str, words: str) -> None:
    visitor = await visit(demo)
    visitor.guard.allow("Failed to load resource.* 4(04|22) ")
    await visitor.sign_in("six", to=address)
    await visitor.sees(words)
