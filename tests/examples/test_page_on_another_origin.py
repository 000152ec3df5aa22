"""`examples/page_on_another_origin`, built and opened in a real browser on an origin that is not the service's."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from aiohttp import web
from playwright.async_api import async_playwright, expect

from support.browser import NOWHERE, Visit, chromium
from support.needs import cannot_be_had
from support.service import running_service

CHECKOUT = Path(__file__).parents[2]


async def build(to: Path) -> None:
    """Build the React package and the page with the Node that the Python packages bring."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    vite = CHECKOUT / "web" / "node_modules" / ".bin" / "vite"
    if not vite.exists():
        cannot_be_had("The page's tools", "web/node_modules is not installed")
    for folder, command in (
        (CHECKOUT / "packages" / "react", ("npm", "run", "--silent", "build")),
        (CHECKOUT, (vite, "build", "--config", Path(__file__).parent / "page.vite.config.mjs", "--outDir", to)),
    ):
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[str]:
    app = web.Application()

    async def home(_request: web.Request) -> web.FileResponse:
        return web.FileResponse(folder / "index.html")

    app.router.add_get("/", home)
    app.router.add_static("/assets", folder / "assets")
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_a_page_of_another_origin_syncs_with_a_token_and_only_if_it_is_allowed(tmp_path: Path) -> None:
    program = chromium()
    if program is None:
        cannot_be_had("A browser", "no Chromium or Chrome on PATH")
    await build(tmp_path / "page")
    arguments = [NOWHERE, *(["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else [])]
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        stack.push_async_callback(browser.close)
        visit = Visit(browser, stack)
        allowed = await stack.enter_async_context(served(tmp_path / "page"))
        stranger = await stack.enter_async_context(served(tmp_path / "page"))
        service = await stack.enter_async_context(running_service(tmp_path / "data", allowed_origins=(allowed,)))
        player = await stack.enter_async_context(service.player("sixty"))
        visitor = await visit(service)
        for origin in (allowed, stranger):
            await visitor.page.goto(origin)
            await visitor.page.get_by_label("Service").fill(service.url)
            await visitor.page.get_by_label("Token").fill(player.token)
            await visitor.page.get_by_role("button", name="Open").click()
            if origin == stranger:
                visitor.guard.allow("CORS policy|net::ERR_FAILED|WebSocket connection|CharacterSyncError|uncaught")
            await visitor.page.get_by_role("button", name="Sync").click()
            if origin == allowed:
                await expect(visitor.page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")
            else:
                await expect(visitor.page.get_by_role("alert")).to_be_visible()
        sessions = (await player.get("/api/v1/sync-sessions"))["items"]

    visit.check()
    assert [(session["status"], session["processedCharacters"]) for session in sessions] == [("completed", 60)]
