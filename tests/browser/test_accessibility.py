"""Everybody can use the page: in any state, on any screen, in either colour scheme."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from support.browser import Demo, Visit, all_is_well, new_account
from support.page_states import STATES

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "packages/react/node_modules/axe-core/axe.min.js"
SCREENS = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
SMALLEST = {"width": 320, "height": 640}
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > innerWidth)
    .map((one) => `${one.tagName} ${one.className}`)"""
UNSIZED = """() => [...document.images].filter((one) => !(one.getAttribute('width') && one.getAttribute('height')))
  .map((one) => one.outerHTML)"""
RUN = """(excused) => axe.run(document, {
  resultTypes: ['violations'],
  rules: Object.fromEntries(excused.map((rule) => [rule, {enabled: false}])),
}).then(({violations}) => violations)"""
# The gallery shows the same panel in many states, side by side.
EXCUSED = {"gallery": ["landmark-unique"]}


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.fail("axe-core is not installed: run `make install-dev`", pytrace=False)
    return AXE.read_text("utf-8")


def told(violation: dict[str, Any]) -> str:
    places = "; ".join(f"{node['html'][:150]}: {node['failureSummary']}" for node in violation["nodes"][:3])
    return f"{violation['id']} ({violation['help']}): {places}"


async def violations(page: Page, excused: list[str]) -> list[str]:
    return [told(violation) for violation in await page.evaluate(RUN, excused)]


@dataclass(frozen=True)
class Shown:
    """A page in one of its states."""

    state: str
    page: Page


@pytest_asyncio.fixture(scope="module", params=STATES, loop_scope="session")
async def shown(request: pytest.FixtureRequest, demo_process: Demo, browser: Browser) -> AsyncIterator[Shown]:
    """Each state once, for all that is asked of it."""
    await all_is_well(demo_process)
    async with AsyncExitStack() as stack:
        visit = Visit(browser, stack)
        visitor = await visit(demo_process, reduced_motion="reduce")  # what fades in has less contrast on its way
        await STATES[request.param](visitor, await new_account(demo_process, 4))
        yield Shown(request.param, visitor.page)
        visit.check()


async def test_axe_finds_nothing_wrong(shown: Shown, axe: str) -> None:
    await shown.page.evaluate(axe)
    found = []
    for scheme, screen in product(("dark", "light"), SCREENS):
        await shown.page.emulate_media(color_scheme=scheme)
        await shown.page.set_viewport_size(screen)
        wrong = await violations(shown.page, EXCUSED.get(shown.state, []))
        found += [f"{scheme}, {screen['width']} px: {each}" for each in wrong]
    assert not found, "\n".join(found)


async def test_nothing_is_wider_than_the_smallest_phone(shown: Shown) -> None:
    await shown.page.set_viewport_size(SMALLEST)
    assert await shown.page.evaluate(TOO_WIDE) == []
    assert await shown.page.evaluate(UNSIZED) == []


async def test_the_gallery_shows_every_state(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.page.goto("/gallery")
    await visitor.page.locator("section[data-state]").first.wait_for()
    names = await visitor.page.eval_on_selector_all("section[data-state]", "all => all.map(one => one.dataset.state)")
    assert len(names) >= 20
    assert len(set(names)) == len(names)
