"""Questions about who is who: asked where they are seen, answered, and taken back."""

import pytest
from playwright.async_api import Locator, Page, expect

from support.browser import Demo, Visit, new_account
from support.page_states import GONE_PICTURE

pytestmark = pytest.mark.asyncio(loop_scope="session")


def links(page: Page, name: str) -> Locator:
    return page.get_by_role("article").get_by_role("link", name=name, exact=True)


async def test_the_player_tells_that_two_are_one_and_takes_it_back(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    visitor.guard.allow(GONE_PICTURE)
    page = visitor.page
    # Classic Era has no achievements: whoever gets another number is always asked about.
    account = await new_account(demo, 3, "classic_era")
    moved = account.names[0]
    await visitor.sign_in(account)
    await page.get_by_text("Classic Era", exact=True).click()
    await visitor.sync()
    realm = (await account.move(moved, "firemaw", "old-blanchy")).replace("-", " ").title()
    await visitor.sync_again()
    await page.get_by_label("Show 1 archived").check()
    await expect(links(page, moved)).to_have_count(2)

    await page.get_by_role("link", name="Answer the question").click()
    question = page.get_by_role("article", name=f"Is {moved} of {realm} the {moved} of")
    await expect(question).to_contain_text(f"Both are called {moved}.")
    await expect(question).to_contain_text("Battle.net has given another number.")
    await expect(question).to_contain_text("That they are one is very likely.")
    await question.get_by_role("button", name="Yes, the same").click()
    await visitor.sees("They are one character now.")
    await visitor.sees("Nothing is in doubt.")
    await expect(page.get_by_role("heading", name="Questions for you")).to_be_focused()
    await page.get_by_role("link", name="All characters").click()
    await expect(links(page, moved)).to_have_count(1)
    await expect(page.get_by_role("link", name="Answer the question")).to_have_count(0)

    await page.get_by_role("link", name="Who is who").click()
    await page.get_by_role("button", name=f"Undo: {moved} of").click()
    await page.get_by_role("button", name="Make them two again").click()
    await visitor.sees("They are two characters again.")
    await page.get_by_role("button", name="The same after all").click()
    await page.get_by_role("button", name="Make them one", exact=True).click()
    await visitor.sees("They are one character now.")


async def test_a_no_is_final_until_the_player_opens_the_question_again(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    visitor.guard.allow(GONE_PICTURE)
    page = visitor.page
    account = await new_account(demo, 3, "classic_era")
    await visitor.sign_in(account)
    await page.get_by_text("Classic Era", exact=True).click()
    await visitor.sync()
    await account.move(account.names[0], "firemaw", "old-blanchy")
    await visitor.sync_again()

    await page.get_by_role("link", name="Answer the question").click()
    await page.get_by_role("button", name="No, two characters").click()

    await visitor.sees("They stay two characters.")
    decided = page.get_by_role("region", name="What was decided")
    await expect(decided.get_by_role("listitem").first).to_contain_text("are two.")
    await decided.get_by_text("Why", exact=True).click()
    await expect(decided).to_contain_text("One was missing when the other came.")
    await page.get_by_role("link", name="All characters").click()
    await visitor.sync_again()
    await expect(page.get_by_role("link", name="Answer the question")).to_have_count(0)
