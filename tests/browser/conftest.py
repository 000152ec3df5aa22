"""One browser and one demo for each test process, and a new visitor for each test.

Playwright's objects belong to one event loop, so these fixtures and their tests share the session's:
`pytestmark = pytest.mark.asyncio(loop_scope="session")`.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from support.browser import NOWHERE, Demo, Visit, all_is_well, chromium
from support.held_back import LONGER_THAN_ANY_TEST
from support.needs import cannot_be_had
from support.processes import character_sync

PATIENT = {"CHARACTER_SYNC_REQUEST_TIMEOUT_SECONDS": str(LONGER_THAN_ANY_TEST)}


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    program = chromium()
    if program is None:
        cannot_be_had("A browser", "no Chromium or Chrome on PATH")
    # Chromium refuses its sandbox to root.
    arguments = [NOWHERE, *(["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else [])]
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=program, args=arguments)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def demo_process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    async with character_sync(
        "demo", "--port", "0", folder=tmp_path_factory.mktemp("demo"), environment=PATIENT
    ) as process:
        url = await process.address()
        log = asyncio.create_task(process.errors())  # read, or a full pipe would stop it
        yield Demo(process, url)
        await process.terminate()
        await log


@pytest_asyncio.fixture(loop_scope="session")
async def demo(demo_process: Demo) -> Demo:
    """The demo, where Battle.net is well and quick."""
    await all_is_well(demo_process)
    return demo_process


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    async with AsyncExitStack() as stack:
        opened = Visit(browser, stack)
        yield opened
        opened.check()
