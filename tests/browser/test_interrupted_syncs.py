"""Whatever comes between a page and its sync, the page reaches the end."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from support.browser import Demo, Visit, Visitor, all_is_well, in_the_middle, known_account, new_account
from support.door import open_door
from support.held_back import LONGER_THAN_ANY_TEST
from support.ports import free_port
from support.processes import character_sync
from support.service import running_service

PATIENT = {"CHARACTER_SYNC_REQUEST_TIMEOUT_SECONDS": str(LONGER_THAN_ANY_TEST)}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def ended(visitor: Visitor, characters: int) -> None:
    await visitor.reached(100)
    await visitor.sees("Sync complete")
    await expect(visitor.page.get_by_role("article")).to_have_count(characters)


async def test_a_page_whose_service_is_killed_reaches_the_end_when_it_is_back(visit: Visit, tmp_path: Path) -> None:
    command = ("demo", "--port", str(free_port(neighbours=1)), "--data-dir", str(tmp_path / "data"))
    async with character_sync(*command, folder=tmp_path, environment=PATIENT) as first:
        demo = Demo(first, await first.address())
        visitor = await visit(demo)
        await visitor.sign_in("sixty")
        await in_the_middle(visitor, await known_account(demo, "sixty"))
        await first.kill()
        visitor.guard.allow("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|WebSocket connection")
        visitor.guard.allow(f"{demo.sandbox_url}/renders/")  # the sandbox comes back on another port
    async with character_sync(*command, folder=tmp_path, environment=PATIENT) as second:
        await second.address()
        await ended(visitor, 60)


async def test_a_page_whose_connections_are_all_cut_joins_again(visit: Visit, tmp_path: Path) -> None:
    async with open_door() as door, running_service(tmp_path, public_url=door.url) as service:
        door.lead_to(service.url)
        service.url = door.url
        visitor = await visit(service)
        sockets: list[str] = []
        visitor.page.on("websocket", lambda socket: sockets.append(socket.url))
        account = await new_account(service)
        await visitor.sign_in(account)
        await in_the_middle(visitor, account)
        assert len(sockets) == 1
        visitor.guard.allow("ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET_NOT_CONNECTED|WebSocket connection")

        door.cut()
        await all_is_well(service)

        await ended(visitor, 6)
        assert len(sockets) > 1


async def test_a_page_that_the_service_hangs_up_on_without_a_word_asks_for_itself(visit: Visit, tmp_path: Path) -> None:
    async with running_service(tmp_path) as service:
        visitor = await visit(service)
        account = await new_account(service)
        await visitor.sign_in(account)
        await in_the_middle(visitor, account)
        engine = service.gateway.server.eio

        # Engine.IO says a word that its clients overhear on a WebSocket, and leaves the line open but dead.
        for sid in list(engine.sockets):
            await engine.disconnect(sid)
        await all_is_well(service)

        await ended(visitor, 6)


async def test_a_reloaded_page_goes_on_watching(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    account = await new_account(demo)
    await visitor.sign_in(account)
    await in_the_middle(visitor, account)

    await visitor.page.reload()

    assert await visitor.reached(1) == 50
    await all_is_well(demo)
    await ended(visitor, 6)


async def test_a_second_tab_agrees_with_the_first(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    account = await new_account(demo)
    await visitor.sign_in(account)
    await in_the_middle(visitor, account)

    second = Visitor(demo, visitor.context, await visitor.context.new_page(), visitor.guard)
    await second.page.goto("/")

    assert await second.reached(1) == 50
    await all_is_well(demo)
    for tab in (visitor, second):
        await ended(tab, 6)
        await expect(tab.page.get_by_text("100%", exact=True)).to_be_visible()


async def test_a_cancelled_sync_says_so_and_keeps_what_had_arrived(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    account = await new_account(demo)
    await visitor.sign_in(account)
    await in_the_middle(visitor, account)

    await page.get_by_role("button", name="Cancel").click()

    await visitor.sees("Sync cancelled")
    await expect(page.get_by_role("button", name="Sync", exact=True)).to_be_enabled()
    await expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuetext", "3 of 6 characters, cancelled")
    await expect(page.get_by_role("article").filter(has_text="Updated just now")).to_have_count(3)
    await page.get_by_role("link", name="History").click()
    await expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text("Cancelled")
