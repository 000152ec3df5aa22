"""The page's main states, and how a visitor gets there: for whatever has to hold in all of them."""

from collections.abc import Awaitable, Callable
from typing import Final

from playwright.async_api import expect

from support.browser import Account, Visitor, fault, no_page, unreadable_gear
from support.held_back import GEAR, hold_back

GONE_PICTURE = r"404 .*/renders/"  # of a character that has moved or is deleted
LookFor = Callable[[Visitor, Account], Awaitable[None]]


async def landing(visitor: Visitor, _: Account) -> None:
    await visitor.page.goto("/")
    await expect(visitor.page.get_by_role("link", name="Sign in with Battle.net")).to_be_visible()


async def declined(visitor: Visitor, _: Account) -> None:
    await visitor.page.goto("/?signIn=sign_in_declined")
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


async def empty(visitor: Visitor, account: Account) -> None:
    await visitor.sign_in(account)
    await visitor.sees("No characters yet")


async def syncing(visitor: Visitor, account: Account) -> None:
    await visitor.sign_in(account)
    half = len(account.names) // 2
    await unreadable_gear(visitor.site, account.names[0])
    for name in account.names[1:half]:
        await fault(visitor.site, f"*/{name.lower()}*", {"delayMs": 0})
    await hold_back(visitor.site.control, GEAR)
    await visitor.press_sync()
    await visitor.reached(100 * half // len(account.names))
    await visitor.sees("Being fetched")
    await visitor.sees("Updated")


async def done(visitor: Visitor, account: Account) -> None:
    await visitor.sign_in(account)
    await visitor.sync()
    await expect(visitor.page.get_by_role("article")).to_have_count(len(account.names))
    await expect(visitor.page.get_by_text("Being fetched")).to_have_count(0)


async def done_with_failures(visitor: Visitor, account: Account) -> None:
    await unreadable_gear(visitor.site, account.names[0])
    await no_page(visitor.site, account.names[1])
    await done(visitor, account)
    await visitor.sees("Gear missing")
    await visitor.sees("Profile missing")


async def character(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    await visitor.page.get_by_role("article").first.get_by_role("link").click()
    await expect(visitor.page.get_by_role("region", name="Talents").get_by_role("tab").first).to_be_visible()


async def character_that_changed(visitor: Visitor, account: Account) -> None:
    await character(visitor, account)
    page = visitor.page
    name = await page.get_by_role("heading", level=1).inner_text()
    await account.play(name, level=79, spec=1)
    await page.get_by_role("button", name="Refresh", exact=True).click()
    changed = page.get_by_role("region", name="What changed since last time")
    await expect(changed.get_by_role("heading", name="Gear")).to_be_visible()
    await expect(page.get_by_role("region", name="How it was before").get_by_role("link")).to_have_count(2)


async def character_as_it_was(visitor: Visitor, account: Account) -> None:
    await character_that_changed(visitor, account)
    await visitor.page.get_by_role("link", name="See it as of").last.click()
    await visitor.sees("It is not how the character is today.")


async def character_in_trouble(visitor: Visitor, account: Account) -> None:
    await done_with_failures(visitor, account)
    await visitor.page.get_by_role("link", name=account.names[0], exact=True).first.click()
    await visitor.sees("No gear to show")


async def history(visitor: Visitor, account: Account) -> None:
    await done_with_failures(visitor, account)
    await visitor.page.get_by_role("link", name="History").click()
    await expect(visitor.page.get_by_role("main").get_by_role("listitem").first).to_be_visible()


async def sync_details(visitor: Visitor, account: Account) -> None:
    await done_with_failures(visitor, account)
    await visitor.page.get_by_role("link", name="Details").click()
    await expect(visitor.page.get_by_role("table")).to_be_visible()


async def player(visitor: Visitor, account: Account) -> None:
    await visitor.sign_in(account, to="/account")
    await visitor.page.get_by_label("Name").fill("My raid planner")
    await visitor.page.get_by_role("button", name="Create token").click()
    await visitor.sees("it is shown only this once")
    await expect(visitor.page.get_by_role("listitem").filter(has_text="My raid planner")).to_be_visible()


async def question(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    visitor.guard.allow(GONE_PICTURE)
    # Its achievements are not known yet, so that only the player can tell.
    await account.move(account.names[0], "silvermoon", "draenor")
    await visitor.sync_again()
    await visitor.page.get_by_role("link", name="Answer the question").click()
    await expect(visitor.page.get_by_role("article")).to_be_visible()


async def who_is_who(visitor: Visitor, account: Account) -> None:
    await question(visitor, account)
    await visitor.page.get_by_role("button", name="Yes, the same").click()
    await visitor.sees("They are one character now.")


async def planned(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    visitor.guard.allow(GONE_PICTURE)
    await account.lose(account.names[1])
    await account.move(account.names[0], "silvermoon", "draenor")
    await visitor.page.get_by_role("button", name="What would change?").click()
    await expect(visitor.page.get_by_role("heading", name="To the archive")).to_be_visible()


async def groups(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    page = visitor.page
    await page.get_by_role("link", name="Groups").click()
    await page.get_by_label("New group").fill("Main and alts")
    await page.get_by_role("button", name="Make group").click()
    group = page.get_by_role("region", name="Main and alts")
    for name in account.names[:3]:
        await group.get_by_label("Add a character").fill(name)
        await group.get_by_role("button", name=name).first.click()
        await expect(group.get_by_role("link", name=name)).to_be_visible()
    await group.get_by_role("button", name=f"{account.names[1]} is the main").click()
    await expect(group.get_by_role("button", pressed=True)).to_have_count(1)


async def schedules(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    page = visitor.page
    await page.get_by_role("link", name="Sync by itself").click()
    await page.get_by_label("Sync by itself").first.select_option(label="Fresh for a time in the week")
    await page.get_by_role("button", name="Save").first.click()
    await visitor.sees("Next ")


async def changes(visitor: Visitor, account: Account) -> None:
    await done(visitor, account)
    await visitor.page.get_by_role("link", name="History").click()
    await visitor.page.get_by_role("link", name="What happened").click()
    await visitor.sees("came to your list")


async def no_such_character(visitor: Visitor, account: Account) -> None:
    visitor.guard.allow("404 .*/api/v1/characters/")
    await visitor.sign_in(account, to="/characters/0198c0de-0000-7000-8000-000000000000")
    await visitor.sees("There is no such character")


async def no_such_sync(visitor: Visitor, account: Account) -> None:
    visitor.guard.allow("404 .*/api/v1/sync-sessions/")
    await visitor.sign_in(account, to="/history/0198c0de-0000-7000-8000-000000000000")
    await visitor.sees("There is no such sync")


async def nowhere(visitor: Visitor, account: Account) -> None:
    await visitor.sign_in(account, to="/nowhere")
    await visitor.sees("There is no such page")


async def gallery(visitor: Visitor, _: Account) -> None:
    await visitor.page.goto("/gallery")
    await expect(visitor.page.locator("section[data-state]").nth(19)).to_be_attached()


STATES: Final[dict[str, LookFor]] = {
    look.__name__: look
    for look in (
        *(landing, declined, empty, syncing, done, done_with_failures, character, character_in_trouble),
        *(character_that_changed, character_as_it_was, question, who_is_who),
        *(planned, groups, schedules, changes),
        *(history, sync_details, player, nowhere, no_such_character, no_such_sync, gallery),
    )
}
