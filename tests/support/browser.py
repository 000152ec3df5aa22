"""A real browser that visits a real site, and a guard that notices what players would only find in its console.

It is the machine's own Chromium; nothing is downloaded.
"""

import re
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import aiohttp
from playwright.async_api import Browser, BrowserContext, Page, expect

from support.held_back import GEAR, hold_back
from support.processes import Process

PROGRAMS = (
    *("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
    *("chrome", "microsoft-edge", "microsoft-edge-stable"),
)
APPLICATIONS = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
# Pictures that cannot be loaded would be errors in the console, and tests do not leave this machine.
NOWHERE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
HOME = "127.0.0.1"

# Violations of the page's Content-Security-Policy join what the console complains about.
TELL_VIOLATIONS = """
addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP violation: ${event.violatedDirective} blocked ${event.blockedURI || event.sample}`));
"""

PATIENCE_MS = 90_000  # a busy machine is slow, not wrong
expect.set_options(timeout=PATIENCE_MS)


def chromium() -> str | None:
    """Return the program of a Chromium, Chrome or Edge on this machine."""
    found = (shutil.which(name) for name in PROGRAMS)
    there = (str(path) for path in APPLICATIONS if path.exists())
    return next((program for program in (*found, *there) if program), None)


class Site(Protocol):
    """A running service and the sandbox Battle.net behind it."""

    url: str

    async def control(self, method: str, path: str, body: Any = None) -> Any: ...


@dataclass
class Demo:
    """A `character-sync demo`: the process, its address, its sandbox's address."""

    process: Process
    url: str

    @property
    def sandbox_url(self) -> str:
        return self.process.lines[0].rpartition(": ")[2]

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox's control API."""
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox_url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type == "application/json" else None


class Guard:
    """Everything a browser complained about, and every request that left this machine."""

    def __init__(self) -> None:
        self._found: list[str] = []
        self._allowed: list[str] = []

    async def watch(self, context: BrowserContext) -> None:
        await context.add_init_script(TELL_VIOLATIONS)
        context.on("console", lambda said: self._hear(said.type, f"{said.text} ({said.location.get('url', '')})"))
        context.on("weberror", lambda thrown: self._found.append(f"uncaught: {thrown.error}"))
        context.on("request", lambda request: self._ask(request.url))
        context.on("page", lambda page: page.on("websocket", lambda socket: self._ask(socket.url)))

    def allow(self, pattern: str) -> None:
        """Expect complaints in which the pattern is found."""
        self._allowed.append(pattern)

    @property
    def complaints(self) -> list[str]:
        """What was found and not expected."""
        return [found for found in self._found if not any(re.search(allowed, found) for allowed in self._allowed)]

    def _hear(self, kind: str, text: str) -> None:
        if kind in {"error", "warning", "assert"}:
            self._found.append(f"{kind}: {text}")

    def _ask(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in {"data", "blob", "about"} and address.hostname != HOME:
            self._found.append(f"asked elsewhere: {url}")


class Visitor:
    """A person with a browser of their own, at one site."""

    def __init__(self, site: Site, context: BrowserContext, page: Page, guard: Guard) -> None:
        self.site = site
        self.context = context
        self.page = page
        self.guard = guard

    async def sign_in(self, account: "str | Account", to: str = "/") -> None:
        """Sign in without the detour over Battle.net's own page."""
        account_id = account if isinstance(account, str) else account.id
        await self.page.goto(f"/auth/battle-net/login?login_hint={account_id}&prompt=none&returnTo={to}")
        await expect(self.page.get_by_role("navigation", name="Main")).to_be_visible()

    async def press_sync(self, region: str = "Europe") -> None:
        await self.page.get_by_label("Region", exact=True).select_option(label=region)
        await self.page.get_by_role("button", name="Sync", exact=True).click()

    async def sync(self, region: str = "Europe") -> None:
        """Sync retail to its end."""
        await self.press_sync(region)
        await self.sees("Sync complete")

    async def sync_again(self) -> None:
        """Sync once more to the end, with the same choice."""
        before = await self.page.get_by_role("link", name="Details").get_attribute("href")
        await self.page.get_by_role("button", name="Sync", exact=True).click()
        await expect(self.page.locator(f".actions a[href^='/history/']:not([href='{before}'])")).to_be_visible()
        await self.sees("Sync complete")

    async def sees(self, text: str) -> None:
        """Wait until a text can be read."""
        await expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible()

    async def reached(self, percent: int) -> int:
        """Wait until the progress bar stands at so many percent or more and return where it stands."""
        bar = self.page.get_by_role("progressbar")
        await expect(bar).to_be_visible()
        await self.page.wait_for_function(
            "least => Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow')) >= least",
            arg=percent,
            timeout=PATIENCE_MS,
        )
        return int(await bar.get_attribute("aria-valuenow") or 0)


class Visit:
    """Opens browsers, and checks at the end that none of them had anything to complain about."""

    def __init__(self, browser: Browser, stack: AsyncExitStack) -> None:
        self._browser = browser
        self._stack = stack
        self._guards: list[Guard] = []

    async def __call__(self, site: Site, **options: Any) -> Visitor:
        """Open a browser that nobody has used; `options` are those of Playwright's `new_context`."""
        context = await self._browser.new_context(base_url=site.url, **options)
        self._stack.push_async_callback(context.close)
        context.set_default_timeout(PATIENCE_MS)
        guard = Guard()
        self._guards.append(guard)
        await guard.watch(context)
        return Visitor(site, context, await context.new_page(), guard)

    def check(self) -> None:
        complaints = [complaint for guard in self._guards for complaint in guard.complaints]
        assert complaints == [], "\n".join(complaints)


@dataclass(frozen=True)
class Account:
    """A sandbox account that only one test uses."""

    id: str
    site: Site
    characters: list[dict[str, Any]]

    @property
    def names(self) -> list[str]:
        return [character["name"] for character in self.characters]

    async def lose(self, name: str) -> None:
        """Delete a character, as its player would in the game."""
        await self._act(name, action="delete")

    async def play(self, name: str, **reached: int) -> None:
        """Log in, find other gear and log out; `reached` may be the `level` and the `spec` it logs out with."""
        await self._act(name, action="play", **reached)

    async def move(self, name: str, *realms: str) -> str:
        """Transfer a character to one of the realms it is not on, where it gets another number; return which."""
        [at] = [each["realm"] for each in self.characters if each["name"] == name]
        realm = next(realm for realm in realms if realm != at)
        await self._act(name, action="transfer", realm=realm, newId=True)
        return realm

    async def _act(self, name: str, **body: str | int) -> None:
        [number] = [each["battleNetId"] for each in self.characters if each["name"] == name]
        await self.site.control("POST", f"accounts/{self.id}/characters/{number}", body)


async def new_account(site: Site, characters: int = 6, game_version: str = "retail") -> Account:
    """Make an account of European characters; those of retail are level 80 or so."""
    name = f"test-{uuid4().hex[:12]}"
    body = {"id": name, "gameVersion": game_version, "region": "eu", "characters": characters}
    return Account(name, site, (await site.control("POST", "accounts", body))["characters"])


async def known_account(site: Site, name: str) -> Account:
    """Return an account the sandbox begins with."""
    [account] = [each for each in await site.control("GET", "accounts") if each["id"] == name]
    return Account(name, site, account["characters"])


async def unreadable_gear(site: Site, name: str) -> None:
    """Let Battle.net answer nonsense about a character's gear: the character fails."""
    await fault(site, f"*/{name.lower()}/equipment*", {"status": 200, "body": "[]"})


async def no_page(site: Site, name: str) -> None:
    """Let Battle.net list a character and know nothing of it: the character is skipped."""
    await fault(site, f"*/{name.lower()}*", {"status": 404})


async def fault(site: Site, path: str, respond: dict[str, Any]) -> None:
    await site.control("POST", "faults", {"match": {"path": path}, "respond": respond})


async def all_is_well(site: Site) -> None:
    await site.control("DELETE", "faults")
    await pace(site, 0)


async def in_the_middle(visitor: Visitor, account: Account) -> None:
    """Start a sync of which half is there at once and the rest when all is well."""
    half = len(account.names) // 2
    for name in account.names[:half]:
        await fault(visitor.site, f"*/{name.lower()}*", {"delayMs": 0})
    await hold_back(visitor.site.control, GEAR)
    await visitor.press_sync()
    assert await visitor.reached(50) == 50


async def pace(site: Site, milliseconds: int) -> None:
    """Let Battle.net take so long for every answer."""
    await site.control("POST", "settings", {"latencyMs": milliseconds})
