"""`examples/existing_site`: the file itself under uvicorn, members in browsers of their own, the sandbox as Battle.net."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio.exceptions

from battle_net_sandbox.server import running_sandbox
from character_sync.adapters.database.token_vault import generate_key
from character_sync.client import CharacterSync
from support.processes import CLEAN, free_port
from support.service import PATIENCE_SECONDS, Watch

FOLDER = Path(__file__).parents[2] / "examples" / "existing_site"
API = "/character-sync/api/v1"
LINK = "/character-sync/auth/battle-net/login"


@dataclass
class Member:
    """A member of the guild in a browser of their own."""

    url: str
    browser: aiohttp.ClientSession

    async def ask(self, method: str, path: str, *, expect: int, body: Any = None, **headers: str) -> Any:
        async with self.browser.request(method, path, json=body, headers=headers) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json() if response.content_type.endswith("json") else None

    async def log_in(self, name: str) -> None:
        await self.ask("POST", "/login", expect=204, body={"name": name, "password": f"{name}'s password"})

    async def link(self, account: str, *, expect: int = 200) -> Any:
        """Go to Battle.net and back, as the page's link does, and end at what says who this is."""
        query = {"login_hint": account, "prompt": "none", "returnTo": f"{API}/me"}
        async with self.browser.get(LINK, params=query) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json()

    async def sync(self) -> str:
        started = await self.ask("POST", f"{API}/characters/sync", expect=202, body={"gameVersion": "retail"})
        return str(started["sessionId"])

    @asynccontextmanager
    async def socket(self, **headers: str) -> AsyncIterator[Watch]:
        """A stock Socket.IO client with this browser's cookies, as a page of the site would open it."""
        watch = Watch()
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in self.browser.cookie_jar)
        await watch.client.connect(
            self.url,
            headers={"Origin": self.url, "Cookie": cookies} | headers,
            socketio_path="character-sync/socket.io",
            transports=["websocket"],
            wait_timeout=PATIENCE_SECONDS,
        )
        try:
            yield watch
        finally:
            await watch.client.disconnect()


@dataclass
class Site:
    url: str

    @asynccontextmanager
    async def member(self, name: str | None) -> AsyncIterator[Member]:
        """A browser in which a member is signed in; with no name, nobody is."""
        async with aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            member = Member(self.url, browser)
            if name is not None:
                await member.log_in(name)
            yield member


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with running_sandbox() as battle_net:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "uvicorn", "guild_site:app", "--app-dir", str(FOLDER), "--port", str(port)),
            cwd=tmp_path,
            env={
                **CLEAN,
                "CHARACTER_SYNC_PUBLIC_URL": f"{url}/character-sync",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_ID": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_CLIENT_SECRET": "sandbox",
                "CHARACTER_SYNC_BATTLE_NET_OAUTH_URL": battle_net.oauth_url,
                "CHARACTER_SYNC_BATTLE_NET_API_URL": battle_net.api_url,
                "CHARACTER_SYNC_ENCRYPTION_KEYS": generate_key().reveal(),
            },
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stderr is not None
            said = []
            async for line in process.stderr:
                said.append(line.decode())
                if "Uvicorn running" in said[-1]:
                    break
            assert process.returncode is None, said
            yield Site(url)
        finally:
            process.terminate()
            await process.communicate()


async def test_a_member_links_battle_net_syncs_and_watches_with_nothing_but_the_sites_login(site: Site) -> None:
    async with site.member("thrall") as thrall:
        refused = await thrall.ask("POST", f"{API}/characters/sync", expect=409, body={"gameVersion": "retail"})
        me = await thrall.link("six")
        session_id = await thrall.sync()
        async with thrall.socket() as watch:
            ack = await watch.join(session_id)
            assert ack["ok"]
            last = await watch.end() if ack["snapshot"]["status"] != "completed" else ack["snapshot"]
        page = await thrall.ask("GET", f"{API}/characters", expect=200)

    assert (refused["code"], refused["signInUrl"]) == ("battle_net_token_invalid", LINK)
    assert me["battletag"]
    assert last["progress"] == 100
    assert len(page["items"]) == 6


async def test_what_is_one_members_is_nobody_elses(site: Site) -> None:
    async with site.member("thrall") as thrall, site.member("jaina") as jaina, site.member(None) as stranger:
        await thrall.link("six")
        session = f"{API}/sync-sessions/{await thrall.sync()}"
        assert (await jaina.ask("GET", session, expect=404))["code"] == "not_found"
        assert (await stranger.ask("GET", session, expect=401))["code"] == "unauthenticated"
        assert (await jaina.ask("GET", f"{API}/characters", expect=200))["items"] == []
        async with jaina.socket() as watch:
            assert (await watch.join(session.rpartition("/")[2]))["error"]["code"] == "not_found"
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with stranger.socket():
                pass


async def test_pages_of_other_sites_change_nothing_and_open_no_socket(site: Site) -> None:
    async with site.member("thrall") as thrall:
        await thrall.link("six")
        body = {"gameVersion": "retail"}
        path = f"{API}/characters/sync"
        refused = await thrall.ask("POST", path, expect=403, body=body, Origin="https://evil.example")
        assert refused["code"] == "forbidden"
        await thrall.ask("POST", path, expect=403, body=body, **{"Sec-Fetch-Site": "cross-site"})
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with thrall.socket(Origin="https://evil.example"):
                pass


async def test_signing_out_of_the_site_closes_that_browsers_socket(site: Site) -> None:
    closed = asyncio.Event()
    async with site.member("thrall") as thrall, thrall.socket() as watch:
        watch.client.on("disconnect", lambda *_reason: closed.set())
        await thrall.ask("POST", "/logout", expect=204)
        await closed.wait()
        await thrall.ask("GET", f"{API}/me", expect=401)


async def test_a_personal_access_token_works_beside_the_login(site: Site) -> None:
    async with site.member("thrall") as thrall:
        await thrall.link("six")
        created = await thrall.ask("POST", f"{API}/me/tokens", expect=201, body={"name": "script"})
        async with CharacterSync(f"{site.url}/character-sync", created["token"]) as client:
            started = await client.start_sync("retail", region="us")
            progress = [event async for event in client.watch(started.session_id)]
    assert progress[-1].progress == 100


async def test_who_leaves_the_guild_leaves_nothing_behind_and_their_account_is_free_again(site: Site) -> None:
    async with site.member("thrall") as thrall, site.member("jaina") as jaina:
        await thrall.link("six")
        await thrall.sync()
        taken = await jaina.link("six", expect=409)
        await thrall.ask("POST", "/leave-the-guild", expect=204)
        await thrall.ask("GET", f"{API}/me", expect=401)
        me = await jaina.link("six")
        characters = await jaina.ask("GET", f"{API}/characters", expect=200)
    assert taken["code"] == "battle_net_account_taken"
    assert me["battletag"]
    assert characters["items"] == []
