"""`examples/page_on_another_origin`, built and opened in a real browser on an origin that is not the service's."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import async_playwright, expect

from support.browser import NOWHERE, Visit, chromium
from support.needs import cannot_be_had
from support.service import running_service

CHECKOUT = Path(__file__).parents[2]
EXAMPLE = CHECKOUT / "examples" / "page_on_another_origin"
INSTALLED = CHECKOUT / "web" / "node_modules"  # locked, and of the example's versions


def npm(folder: Path, *command: str, expect: int = 0) -> str:
    """Run a script of a package with the Node that the Python packages bring; return what it says."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["npm", "run", "--silent", *command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def package() -> None:
    """Our package, built from here as the README says."""
    if not INSTALLED.exists():
        cannot_be_had("The page's tools", "web/node_modules is not installed")
    npm(CHECKOUT / "packages" / "react", "build")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The example as it is, with what web/ has installed in place of an `npm install`."""
    copy = tmp_path / "page"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (copy / "node_modules").symlink_to(INSTALLED)
    return copy


def test_what_the_example_asks_for_is_what_is_locked_here() -> None:
    asked, here = (json.loads((folder / "package.json").read_text("utf-8")) for folder in (EXAMPLE, CHECKOUT / "web"))
    locked = here["dependencies"] | here["devDependencies"]
    wanted = asked["dependencies"] | asked["devDependencies"]
    ours = wanted.pop("@character-sync/react").removeprefix("file:")
    assert (EXAMPLE / ours).resolve() == CHECKOUT / "packages" / "react"
    assert wanted == {name: locked[name] for name in wanted}


def test_a_page_that_uses_the_package_wrongly_does_not_build(example: Path) -> None:
    page = example / "page.tsx"
    page.write_text(
        page.read_text("utf-8").replace("useCharacterSync({ url, token })", "useCharacterSync({ url, tokens: token })"),
        "utf-8",
    )
    assert "page.tsx" in npm(example, "build", expect=2)


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


async def test_a_page_of_another_origin_syncs_with_a_token_and_only_if_it_is_allowed(
    tmp_path: Path, example: Path
) -> None:
    program = chromium()
    if program is None:
        cannot_be_had("A browser", "no Chromium or Chrome on PATH")
    npm(example, "build")
    arguments = [NOWHERE, *(["--no-sandbox"] if hasattr(os, "getuid") and os.getuid() == 0 else [])]
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(async_playwright())
        browser = await playwright.chromium.launch(executable_path=program, args=arguments)
        stack.push_async_callback(browser.close)
        visit = Visit(browser, stack)
        allowed = await stack.enter_async_context(served(example / "dist"))
        stranger = await stack.enter_async_context(served(example / "dist"))
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
