"""Everybody can use the page: axe finds nothing wrong with it, in any state, on any screen, in either colour scheme."""

from itertools import product
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from support.browser import Demo, Visit, new_account
from support.page_states import STATES

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE = Path(__file__).parents[2] / "packages/react/node_modules/axe-core/axe.min.js"
SCREENS = ({"width": 1280, "height": 900}, {"width": 390, "height": 844})
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


@pytest.mark.parametrize("state", STATES)
async def test_axe_finds_nothing_wrong(demo: Demo, visit: Visit, axe: str, state: str) -> None:
    # What fades in has less contrast on its way.
    visitor = await visit(demo, reduced_motion="reduce")
    await STATES[state](visitor, await new_account(demo, 4))
    await visitor.page.evaluate(axe)

    excused = EXCUSED.get(state, [])
    found = []
    for scheme, screen in product(("dark", "light"), SCREENS):
        await visitor.page.emulate_media(color_scheme=scheme)
        await visitor.page.set_viewport_size(screen)
        found += [f"{scheme}, {screen['width']} px: {wrong}" for wrong in await violations(visitor.page, excused)]
    assert not found, "\n".join(found)


async def test_the_gallery_shows_every_state(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.page.goto("/gallery")
    await visitor.page.locator("section[data-state]").first.wait_for()
    names = await visitor.page.eval_on_selector_all("section[data-state]", "all => all.map(one => one.dataset.state)")
    assert len(names) >= 20
    assert len(set(names)) == len(names)
