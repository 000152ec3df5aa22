"""A site that embeds the sync: its app under a stock uvicorn, its users in browsers of their own, the sandbox behind it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import uvicorn

from battle_net_sandbox.server import RunningSandbox
from character_sync.adapters.database.token_vault import generate_key
from character_sync.entrypoints.server import listen
from support.service import PATIENCE_SECONDS, Watch

PREFIX = "/character-sync"
API = f"{PREFIX}/api/v1"
LINK = f"{PREFIX}/auth/battle-net/login"
RETAIL = {"gameVersion": "retail"}


@dataclass
class Visitor:
    """Somebody at the site in a browser of their own."""

    url: str
    browser: aiohttp.ClientSession

    async def ask(self, method: str, path: str, *, expect: int, body: Any = None, **headers: str) -> Any:
        async with self.browser.request(method, path, json=body, headers=headers) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json() if response.content_type.endswith("json") else None

    async def link(self, account: str, *, expect: int = 200) -> Any:
        """Go to Battle.net and back, as a link on the site's page does, and end at what says who this is."""
        query = {"login_hint": account, "prompt": "none", "returnTo": f"{API}/me"}
        async with self.browser.get(LINK, params=query) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json()

    async def sync(self) -> str:
        started = await self.ask("POST", f"{API}/characters/sync", expect=202, body=RETAIL)
        return str(started["sessionId"])

    @asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[Watch]:
        """A stock Socket.IO client with this browser's cookies, as a page of the site would open it."""
        watch = Watch()
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.browser.cookie_jar)
        try:
            await watch.client.connect(
                self.url,
                headers={"Origin": self.url, "Cookie": cookies} | headers,
                socketio_path=f"{PREFIX}/socket.io",
                transports=["websocket"],
                wait_timeout=PATIENCE_SECONDS,
            )
            yield watch
        finally:
            await watch.client.disconnect()


@dataclass
class Site:
    url: str

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[Visitor]:
        async with aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            yield Visitor(self.url, browser)


def settings_of(url: str, battle_net: RunningSandbox) -> dict[str, str]:
    """Return the settings of a sync that is mounted into the site at `url`."""
    return {
        "public_url": f"{url}{PREFIX}",
        "battle_net_client_id": "sandbox",
        "battle_net_client_secret": "sandbox",
        "battle_net_oauth_url": battle_net.oauth_url,
        "battle_net_api_url": battle_net.api_url,
        "encryption_keys": generate_key().reveal(),
    }


@asynccontextmanager
async def running_site(make_app: Callable[[str], Any]) -> AsyncIterator[Site]:
    """Run the app that `make_app` makes for its address, lifespan included, under uvicorn as anybody would."""
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = _Server(uvicorn.Config(make_app(url), lifespan="on", log_config=None))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait(
            [serving, starting := asyncio.create_task(server.is_ready.wait())], return_when="FIRST_COMPLETED"
        )
        starting.cancel()
        try:
            assert server.is_ready.is_set()
            yield Site(url)
        finally:
            server.should_exit = True
            await serving


class _Server(uvicorn.Server):
    """Says when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self.is_ready.set()
