"""What players say themselves: groups, names of their own, automatic syncs; what would change, what happened, webhooks."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import expect

from support import page_states
from support.browser import Demo, Visit, new_account
from support.service import running_service

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_main_and_its_alts_are_grouped_named_and_found(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo, 4)
    main = account.names[1]
    await page_states.groups(visitor, account)

    await page.get_by_role("link", name=main).click()
    await page.get_by_label("Your name for it").fill("Wall of Blanchy")
    await page.get_by_label("Role").select_option("tank")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Wall of Blanchy")
    await visitor.sees(f"{main} in the game")

    await page.get_by_role("link", name="All characters").click()
    await page.get_by_label("Group", exact=True).select_option(label="Main and alts")
    await expect(page.get_by_role("article")).to_have_count(3)
    card = page.get_by_role("article").filter(has_text="Wall of Blanchy")
    await expect(card.get_by_role("list", name="What you say of it")).to_have_text(
        re.compile("Tank.*Main and alts, main")
    )

    await page.get_by_role("link", name="Groups").click()
    await page.get_by_role("button", name="Delete Main and alts …").click()
    await page.get_by_role("button", name="Delete Main and alts", exact=True).click()
    await visitor.sees("No groups yet")


async def test_a_hidden_character_is_seen_only_by_who_looks_for_it(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await page_states.character(visitor, await new_account(demo, 3))
    await page.get_by_label("Hide it in the list").check()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()

    await page.get_by_role("link", name="All characters").click()
    await expect(page.get_by_role("article")).to_have_count(2)
    await page.get_by_label("Show 1 hidden").check()
    await expect(page.get_by_role("article")).to_have_count(3)


async def test_an_automatic_sync_is_set_in_the_players_own_time_zone(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo, timezone_id="Europe/Berlin")
    page = visitor.page
    await page_states.schedules(visitor, await new_account(demo, 2))
    await expect(page.get_by_label("Time zone").first).to_have_value("Europe/Berlin")

    await page.get_by_role("link", name="Characters", exact=True).click()
    await visitor.sees("Synced fresh by Wednesday 20:00 (Europe/Berlin), next ")
    await page.get_by_role("link", name="Change", exact=True).click()
    await page.get_by_label("Sync by itself").first.select_option(label="Off")
    await page.get_by_role("button", name="Save").first.click()
    await expect(page.get_by_text("Next ")).to_have_count(0)


async def test_what_would_change_is_seen_before_it_changes(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo, 4)
    await page_states.planned(visitor, account)
    plan = page.get_by_role("region", name="What a sync would change")
    await expect(plan).to_contain_text("Only you can tell whether these are characters you had.")
    await expect(plan.get_by_role("link", name=account.names[1])).to_be_visible()
    await expect(page.get_by_role("article")).to_have_count(4)

    await plan.get_by_role("button", name="Sync now").click()

    await expect(plan).to_have_count(0)
    await expect(page.get_by_label("Show 2 archived")).to_be_visible()
    await page.get_by_role("link", name="History").click()
    await page.get_by_role("link", name="What happened").click()
    await visitor.sees(f"{account.names[1]} ")
    await visitor.sees("is no longer on your account")


@asynccontextmanager
async def receiver() -> AsyncIterator[tuple[str, "asyncio.Queue[str]"]]:
    """A program that takes what it is told; return its address and the ids of its messages."""
    heard = asyncio.Queue[str]()

    async def hear(request: web.Request) -> web.Response:
        heard.put_nowait(request.headers["webhook-id"])
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", hear)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/", heard
    finally:
        await runner.cleanup()


async def test_a_webhook_is_told_and_told_again(visit: Visit, tmp_path: Path) -> None:
    async with receiver() as (url, heard), running_service(tmp_path, webhooks_to_private_addresses=True) as service:
        visitor = await visit(service)
        page = visitor.page
        await visitor.sign_in("six", to="/account")
        await page.get_by_label("Address").fill(url)
        await page.get_by_label("Told of").select_option(label="Ends of syncs")
        await page.get_by_role("button", name="Add webhook").click()
        await visitor.sees("Copy the secret now: it is shown only this once.")
        secret = await page.locator("code").inner_text()
        assert secret.startswith("whsec_")
        await page.get_by_role("link", name="Characters").click()
        await visitor.sync()

        await page.get_by_role("link", name="Account").click()
        await page.get_by_role("link", name="What it was told").click()
        delivery = page.get_by_role("region", name="What it was told").get_by_role("listitem")
        await expect(delivery).to_contain_text("Delivered")
        await expect(delivery).to_contain_text("Sync finished")
        await page.get_by_role("button", name="Tell it again").click()
        async with asyncio.timeout(60):
            assert await heard.get() == await heard.get()
        await expect(delivery).to_contain_text("Delivered")
        await expect(delivery).to_contain_text("answered 204")

        await page.get_by_role("link", name="Account").first.click()
        await page.get_by_role("button", name=re.compile("^New secret for http")).click()
        await page.get_by_role("button", name="Replace the secret").click()
        new = await page.locator("code").inner_text()
        assert new.startswith("whsec_")
        assert new != secret
        await page.get_by_role("button", name="Pause").click()
        await visitor.sees("Paused. What waited before is told")
        await page.get_by_role("button", name=re.compile("^Delete http")).click()
        await page.get_by_role("button", name="Delete with its log").click()
        await visitor.sees("You have no webhooks.")


async def test_single_events_of_a_webhook_are_chosen_on_its_page(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await visitor.sign_in(await new_account(demo, 1), to="/account")
    await page.get_by_label("Address").fill("https://bot.example.org/hook")
    await page.get_by_role("button", name="Add webhook").click()
    await page.get_by_role("link", name="What it was told").click()
    told_of = page.get_by_role("region", name="What it is told of")
    save = told_of.get_by_role("button", name="Save")
    await expect(save).to_be_disabled()

    for box in await told_of.get_by_role("checkbox").all():
        await box.uncheck()
    await visitor.sees("Choose at least one")
    await expect(save).to_be_disabled()
    await told_of.get_by_label("Character renamed").check()
    await told_of.get_by_label("Sync finished").check()
    await save.click()

    await visitor.sees("Told of: character renamed, ends of syncs")
    await page.reload()
    await expect(told_of.get_by_role("checkbox", checked=True)).to_have_count(2)
