"""`examples/existing_site`: the file itself under uvicorn, members in browsers of their own, the sandbox as Battle.net."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest
import socketio.exceptions

from battle_net_sandbox.server import running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from character_sync.client import CharacterSync
from character_sync.settings import PREFIX as VARIABLES
from support.site import API, LINK, PREFIX, RETAIL, Site, Visitor, running_site, settings_of

FILE = Path(__file__).parents[2] / "examples" / "existing_site" / "guild_site.py"
ANSWERS_AFTER_MS = 150  # so that a sync is still going on when its watcher joins, some 10 ms later


@pytest.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The example as `uvicorn guild_site:app` runs it: told everything by the environment."""
    async with running_sandbox(SandboxSettings(latency_ms=ANSWERS_AFTER_MS)) as battle_net:

        def app(url: str) -> Any:
            monkeypatch.chdir(tmp_path)
            for name, value in settings_of(url, battle_net).items():
                monkeypatch.setenv(f"{VARIABLES}{name.upper()}", value)
            spec = spec_from_file_location("guild_site", FILE)
            assert spec is not None
            assert spec.loader is not None
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            return module.app

        async with running_site(app) as running:
            yield running


@asynccontextmanager
async def signed_in(site: Site, name: str) -> AsyncIterator[Visitor]:
    async with site.visitor() as member:
        await member.ask("POST", "/login", expect=204, body={"name": name, "password": f"{name}'s password"})
        yield member


async def test_a_member_links_battle_net_syncs_and_watches_with_nothing_but_the_sites_login(site: Site) -> None:
    async with signed_in(site, "thrall") as thrall:
        refused = await thrall.ask("POST", f"{API}/characters/sync", expect=409, body=RETAIL)
        me = await thrall.link("six")
        async with thrall.socket() as watch:
            ack = await watch.join(await thrall.sync())
            assert ack["ok"]
            last = await watch.end()
        page = await thrall.ask("GET", f"{API}/characters", expect=200)

    assert (refused["code"], refused["signInUrl"]) == ("battle_net_token_invalid", LINK)
    assert me["battletag"]
    assert watch.events[-1][0] == "sync-complete"
    assert (last["processedCharacters"], last["totalCharacters"]) == (6, 6)
    assert len(page["items"]) == 6


async def test_what_is_one_members_is_nobody_elses(site: Site) -> None:
    async with signed_in(site, "thrall") as thrall, signed_in(site, "jaina") as jaina, site.visitor() as stranger:
        await thrall.link("six")
        session_id = await thrall.sync()
        path = f"{API}/sync-sessions/{session_id}"
        assert (await jaina.ask("GET", path, expect=404))["code"] == "not_found"
        assert (await stranger.ask("GET", path, expect=401))["code"] == "unauthenticated"
        assert (await jaina.ask("GET", f"{API}/characters", expect=200))["items"] == []
        async with jaina.socket() as watch:
            assert (await watch.join(session_id))["error"]["code"] == "not_found"
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with stranger.socket():
                pass


async def test_pages_of_other_sites_change_nothing_and_open_no_socket(site: Site) -> None:
    async with signed_in(site, "thrall") as thrall:
        await thrall.link("six")
        path = f"{API}/characters/sync"
        refused = await thrall.ask("POST", path, expect=403, body=RETAIL, Origin="https://evil.example")
        assert refused["code"] == "forbidden"
        await thrall.ask("POST", path, expect=403, body=RETAIL, **{"Sec-Fetch-Site": "cross-site"})
        with pytest.raises(socketio.exceptions.ConnectionError):
            async with thrall.socket(Origin="https://evil.example"):
                pass


async def test_signing_out_of_the_site_closes_that_members_sockets_and_no_others(site: Site) -> None:
    closed = asyncio.Event()
    async with (
        signed_in(site, "thrall") as thrall,
        signed_in(site, "jaina") as jaina,
        thrall.socket() as watch,
        jaina.socket() as other,
    ):
        watch.client.on("disconnect", lambda *_reason: closed.set())
        await thrall.ask("POST", "/logout", expect=204)
        await closed.wait()
        await thrall.ask("GET", f"{API}/me", expect=401)
        assert other.client.connected


async def test_a_personal_access_token_works_beside_the_login(site: Site) -> None:
    async with signed_in(site, "thrall") as thrall:
        await thrall.link("six")
        created = await thrall.ask("POST", f"{API}/me/tokens", expect=201, body={"name": "script"})
    async with CharacterSync(f"{site.url}{PREFIX}", created["token"]) as client:
        started = await client.start_sync("retail", region="us")
        progress = [event async for event in client.watch(started.session_id)]
    assert progress[-1].progress_percentage == 100


async def test_who_leaves_the_guild_leaves_nothing_behind_and_their_account_is_free_again(site: Site) -> None:
    async with signed_in(site, "thrall") as thrall, signed_in(site, "jaina") as jaina:
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
