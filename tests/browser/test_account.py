"""Signing in and out, a sign-in that has ended, access tokens, the export, erasing oneself."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect

from character_sync.bootstrap import utc_now
from support.browser import Demo, Visit, new_account
from support.service import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_who_signs_out_sees_the_landing_page_and_stays_out(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in(await new_account(demo), to="/account")

    await page.get_by_role("button", name="Sign out").click()

    welcome = page.get_by_role("heading", name="Every character you play, in one place")
    await expect(welcome).to_be_visible()
    await page.goto("/account")
    await expect(welcome).to_be_visible()


async def test_who_refuses_at_battle_net_reads_that_they_are_not_signed_in(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await page.goto("/")
    await page.get_by_role("link", name="Sign in with Battle.net").click()

    await page.get_by_role("link", name="Refuse").click()

    refusal = page.get_by_role("alert")
    await expect(refusal).to_contain_text("You are not signed in.")
    await expect(refusal).to_contain_text("You did not allow this site to see your characters.")


async def test_a_declined_sign_in_that_comes_back_late_shows_the_same_words(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.page.goto("/auth/battle-net/callback?error=access_denied")
    await visitor.sees("You did not allow this site to see your characters.")


async def test_a_permission_that_has_ended_asks_for_a_new_sign_in(visit: Visit, tmp_path: Path) -> None:
    since = [timedelta()]
    async with running_service(tmp_path, clock=lambda: utc_now() + since[0]) as service:
        visitor = await visit(service)
        page = visitor.page
        await visitor.sign_in("six")
        await visitor.sync()
        since[0] = timedelta(hours=25)
        await page.reload()
        await visitor.sees("Sign in with Battle.net again to see new characters.")
        await expect(page.get_by_role("article")).to_have_count(6)

        visitor.guard.allow("Failed to load resource.* 40[139] .*/characters/sync")
        await visitor.press_sync()
        refusal = page.get_by_role("alert")
        await expect(refusal).to_contain_text("The sync did not start.")
        await refusal.get_by_role("link", name="Sign in again").click()
        await page.get_by_role("link", name="six Pallywar#1337").click()

        await expect(page.get_by_role("button", name="Sync", exact=True)).to_be_visible()
        await expect(page.get_by_text("Sign in with Battle.net again")).to_have_count(0)


async def test_an_access_token_is_shown_once_and_deleted(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo, permissions=["clipboard-read", "clipboard-write"])
    page = visitor.page
    await visitor.sign_in(await new_account(demo), to="/account")
    await visitor.sees("You have no tokens.")

    await page.get_by_label("Name").fill("My raid planner")
    await page.get_by_role("button", name="Create token").click()
    await visitor.sees("Copy the token “My raid planner” now: it is shown only this once.")
    token = await page.locator("code").inner_text()
    await page.get_by_role("button", name="Copy token").click()
    await expect(page.get_by_text("The token is copied.")).to_be_attached()
    assert token.startswith("cs_")
    assert await page.evaluate("navigator.clipboard.readText()") == token

    await page.reload()
    await expect(page.get_by_role("listitem").filter(has_text="My raid planner")).to_contain_text("never used")
    assert token not in await page.content()
    await page.get_by_role("button", name="Delete My raid planner …").click()
    await page.get_by_role("button", name="Delete My raid planner", exact=True).click()
    await visitor.sees("You have no tokens.")


async def test_what_is_held_about_a_player_is_a_file_to_keep(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.sign_in(await new_account(demo), to="/account")

    async with visitor.page.expect_download() as started:
        await visitor.page.get_by_role("link", name="Download it").click()
    download = await started.value

    assert download.suggested_filename == "character-sync-export.json"
    assert json.loads((await download.path()).read_text("utf-8"))["characters"] == []


async def test_a_player_erases_everything_held_about_them_by_typing_their_battletag(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page, account = visitor.page, await new_account(demo)
    await visitor.sign_in(account, to="/account")
    battletag = await page.get_by_role("banner").locator("bdi").inner_text()

    await page.get_by_role("button", name="Erase it all …").click()
    erase = page.get_by_role("button", name="Erase everything")
    await page.get_by_label("Your BattleTag").fill("Somebody#0000")
    await expect(erase).to_be_disabled()
    await page.get_by_label("Your BattleTag").fill(battletag)
    await erase.click()
    await page.wait_for_url(f"{demo.url}/")
    await expect(page.get_by_role("heading", name="Every character you play, in one place")).to_be_visible()

    await visitor.sign_in(account, to="/")  # as somebody new, who has no characters yet
    await visitor.sees("No characters yet")
