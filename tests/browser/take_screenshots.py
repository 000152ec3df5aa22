"""Takes pictures of the page's main states; `make screenshots` runs it, a test run does not.

The few that the documentation shows go to docs/pictures/page/, all the others to docs/pictures/page/more/, which git
does not keep.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from support import page_states
from support.browser import Account, Demo, Visit, Visitor, known_account
from support.processes import character_sync

pytestmark = pytest.mark.asyncio(loop_scope="session")

PICTURES = Path(__file__).parents[2] / "docs/pictures/page"
MORE = PICTURES / "more"
IS_ON_SCREEN = (
    "picture => picture.getBoundingClientRect().top < innerHeight"  # the others load when they are scrolled to
)
SHOWN = {
    *("landing-desktop-dark", "syncing-desktop-dark", "done-desktop-dark", "character-desktop-dark"),
    *("sync-details-desktop-light", "done-phone-light", "character-phone-dark"),
    *("question-desktop-dark", "plan-desktop-light", "groups-desktop-dark"),
}


@dataclass(frozen=True)
class Screen:
    name: str
    width: int
    height: int


SCREENS = (Screen("desktop", 1280, 900), Screen("phone", 390, 844))
STATES: dict[str, Callable[[Visitor, Account], Awaitable[None]]] = {
    "landing": page_states.landing,
    "empty": page_states.empty,
    "syncing": page_states.syncing,
    "done": page_states.done,
    "character": page_states.character,
    "question": page_states.question,
    "plan": page_states.planned,
    "groups": page_states.groups,
    "schedules": page_states.schedules,
    "changes": page_states.changes,
    "history": page_states.history,
    "sync-details": page_states.sync_details,
    "account": page_states.player,
}


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
@pytest.mark.parametrize("state", STATES)
async def test_a_picture_is_taken(visit: Visit, tmp_path: Path, state: str, screen: Screen, scheme: str) -> None:
    # A demo of its own for each: nothing has happened there before.
    async with character_sync("demo", "--port", "0", folder=tmp_path) as process:
        demo = Demo(process, await process.address())
        visitor = await in_front_of(demo, visit, screen, scheme)
        await STATES[state](visitor, await known_account(demo, "sixty"))
        await take(visitor.page, f"{state}-{screen.name}-{scheme}")


async def in_front_of(demo: Demo, visit: Visit, screen: Screen, scheme: str) -> Visitor:
    return await visit(
        demo,
        viewport={"width": screen.width, "height": screen.height},
        color_scheme=scheme,
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )


async def take(page: Page, name: str) -> None:
    await page.evaluate("scrollTo(0, 0)")
    for picture in await page.locator("img").all():
        if await picture.is_visible() and await picture.evaluate(IS_ON_SCREEN):
            await expect(picture).to_have_js_property("complete", value=True)
    await page.mouse.move(0, 0)
    folder = PICTURES if name in SHOWN else MORE
    await page.screenshot(path=folder / f"{name}.png")
