"""How the page behaves on screens: small ones, slow ones, those of people who want nothing to move."""

import asyncio
import re
from contextlib import AsyncExitStack

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from support.browser import Demo, Visit, new_account, unreadable_gear
from support.page_states import done, syncing

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRIPT_BYTES = 150_000  # compressed, on a first visit
SHIFT = 0.1  # web.dev's limit of a good page

SCRIPTS = """() => performance.getEntriesByType('resource').filter(({name}) => name.endsWith('.js'))
  .reduce((sum, {encodedBodySize}) => sum + encodedBodySize, 0)"""
COUNT_SHIFTS = """
window.shifts = [];
new PerformanceObserver((list) => {
  for (const { value, hadRecentInput, sources } of list.getEntries()) {
    if (!hadRecentInput) shifts.push({ value, what: sources.map(({ node }) => node?.className ?? '').join(', ') });
  }
}).observe({ type: 'layout-shift', buffered: true });
"""
# Whatever moves while the page is in use, and how long a person could see it move.
WATCH_MOVEMENT = """
window.moved = [];
const look = () => {
  for (const one of document.getAnimations()) {
    const { activeDuration } = one.effect.getComputedTiming();
    if (activeDuration > 1) moved.push(`${one.animationName ?? one.transitionProperty} of ${one.effect.target?.className}`);
  }
  requestAnimationFrame(look);
};
look();
"""
A_FRAME = "() => new Promise((frame) => requestAnimationFrame(() => requestAnimationFrame(frame)))"
HEAR_STATUS = """
window.heard = [];
new MutationObserver(() => {
  const said = document.querySelector('.csync [role=status]')?.textContent ?? '';
  if (said !== '' && said !== heard.at(-1)) heard.push(said);
}).observe(document, { subtree: true, childList: true, characterData: true });
"""


async def test_cards_do_not_move_when_they_load(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    page = visitor.page
    await done(visitor, await new_account(demo, 24))
    await page.add_init_script(COUNT_SHIFTS)

    await page.reload()

    await expect(page.get_by_role("article")).to_have_count(24)
    await expect(page.locator("article img").first).to_have_js_property("complete", value=True)
    await page.evaluate(A_FRAME)
    shifts = await page.evaluate("shifts")
    assert sum(shift["value"] for shift in shifts) < SHIFT, shifts


async def test_a_first_visit_loads_little_script(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo)
    await visitor.sign_in("empty")
    assert 10_000 < await visitor.page.evaluate(SCRIPTS) < SCRIPT_BYTES


async def test_nothing_moves_for_who_wants_nothing_to_move(demo: Demo, visit: Visit) -> None:
    visitor = await visit(demo, reduced_motion="reduce")
    await visitor.page.add_init_script(WATCH_MOVEMENT)
    await syncing(visitor, await new_account(demo, 6))
    assert await visitor.page.evaluate("moved") == []


async def show_each_message(page: Page, tasks: AsyncExitStack) -> None:
    """Have the page show what a message says before it gets the next one, however busy its machine is."""

    def open_socket(socket: WebSocketRoute) -> None:
        told = asyncio.Queue[str | bytes]()
        socket.connect_to_server().on_message(told.put_nowait)

        async def pass_on() -> None:
            while True:
                socket.send(await told.get())
                await page.evaluate(A_FRAME)

        tasks.callback(asyncio.create_task(pass_on()).cancel)

    await page.route_web_socket(re.compile("/socket.io/"), open_socket)


async def test_the_progress_is_announced_at_its_start_at_each_quarter_at_a_failure_and_at_its_end(
    demo: Demo, visit: Visit
) -> None:
    visitor = await visit(demo)
    account = await new_account(demo, 12)
    await unreadable_gear(demo, account.names[0])
    await visitor.page.add_init_script(HEAR_STATUS)
    async with AsyncExitStack() as tasks:
        await show_each_message(visitor.page, tasks)
        await visitor.sign_in(account)

        await visitor.sync()

    heard: list[str] = await visitor.page.evaluate("heard")
    assert heard[0] == "Syncing 12 characters."
    assert heard[-1] == "Sync complete. 11 characters updated. 1 character failed."
    between = heard[1:-1]
    quarters = [int(said.split()[0]) for said in between if "percent done." in said]
    assert quarters == sorted(quarters)
    assert {25, 50, 75} <= set(quarters) <= {25, 50, 75, 100}
    assert any("1 character failed." in said for said in between)
    assert len(between) <= 5  # the quarters and once more for the failure; a screen reader is not flooded
