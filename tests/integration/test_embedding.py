"""`character_sync.embedding`: what holds at the root of a service holds under a site's path, for the site's own users."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text
from starlette.applications import Starlette
from starlette.requests import HTTPConnection
from starlette.routing import Mount

from battle_net_sandbox.server import RunningSandbox, running_sandbox
from character_sync.adapters.database.engine import Database
from character_sync.adapters.database.tables import users
from character_sync.adapters.database.token_vault import generate_key
from character_sync.embedding import Embedded, embed
from character_sync.entrypoints.site_sign_ins import SiteSignIns
from support.processes import character_sync
from support.service import SettingsForTests
from support.site import API, LINK, PREFIX, Site, Visitor, running_site, settings_of

pytest_plugins = ["support.servers"]
CLAIM = "who"


async def whoever_they_say(connection: HTTPConnection) -> str | None:
    """Believe a cookie of the site's: like one that is signed, it says who somebody is until it expires."""
    return connection.cookies.get(CLAIM)


class EmbeddingSite(Site):
    def __init__(self, url: str, embedded: Embedded, battle_net: RunningSandbox, folder: Path) -> None:
        super().__init__(url)
        self.battle_net = battle_net
        self.embedded = embedded
        self.database = f"sqlite:///{folder / 'character-sync.db'}"

    @asynccontextmanager
    async def user(self, name: str) -> AsyncIterator[Visitor]:
        async with self.visitor() as visitor:
            visitor.browser.cookie_jar.update_cookies({CLAIM: name}, response_url=visitor.browser._base_url)
            yield visitor

    async def held(self, query: Any) -> list[Any]:
        database = Database(self.database)
        async with database.reading() as connection:
            rows = list((await connection.execute(query)).all())
        await database.close()
        return rows


Opened = Callable[..., AbstractAsyncContextManager[EmbeddingSite]]


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    @asynccontextmanager
    async def opening(**overrides: Any) -> AsyncIterator[EmbeddingSite]:
        made: list[Embedded] = []

        def app(url: str) -> Starlette:
            settings = SettingsForTests(**{"data_dir": tmp_path, **settings_of(url, battle_net), **overrides})
            made.append(embed(settings, who=whoever_they_say))

            @asynccontextmanager
            async def lifespan(_app: Starlette) -> AsyncIterator[None]:
                async with made[0].running():
                    yield

            return Starlette(routes=[Mount(PREFIX, made[0].app)], lifespan=lifespan)

        async with running_sandbox() as battle_net, running_site(app) as site:
            yield EmbeddingSite(site.url, made[0], battle_net, tmp_path)

    return opening


@pytest.fixture
async def site(opened: Opened) -> AsyncIterator[EmbeddingSite]:
    async with opened() as running:
        yield running


# Under a path of the site's


async def test_answers_to_a_player_are_nobody_elses_to_keep_there_too(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann, ann.browser.get(f"{API}/me") as response:
        headers = response.headers
    assert (response.status, headers["Cache-Control"]) == (200, "no-store")
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "no-referrer")


@pytest.mark.parametrize(("path", "allowed"), [(f"{API}/game-versions", 3), (LINK, 1)])
async def test_the_limits_of_an_address_hold_there_too(opened: Opened, path: str, allowed: int) -> None:
    # Few: the next is allowed only after twenty seconds.
    async with opened(requests_per_address=3, sign_ins_per_address=1) as site, site.user("ann") as ann:
        statuses = []
        for _ in range(allowed + 1):
            async with ann.browser.get(path, allow_redirects=False) as response:
                statuses.append(response.status)
    assert 429 not in statuses[:allowed]
    assert statuses[allowed] == 429


async def test_a_wrong_method_names_the_right_ones_there_too(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann, ann.browser.delete(f"{API}/characters/sync") as response:
        assert (response.status, response.headers["Allow"]) == (405, "POST")


async def test_there_is_no_page_and_no_sign_in_but_the_sites(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann:
        for path in ("", "/", "/account", "/assets/"):
            async with ann.browser.get(f"{PREFIX}{path}", headers={"Accept": "text/html"}) as response:
                assert (response.status, response.content_type) == (404, "application/problem+json"), path
        await ann.ask("POST", f"{PREFIX}/auth/logout", expect=404)
        await ann.link("six")
        assert {cookie.key for cookie in ann.browser.cookie_jar} == {CLAIM}


# Whose Battle.net account it is


async def test_an_account_is_linked_to_one_user_and_stays_theirs(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann, site.user("ben") as ben:
        linked = await ann.link("six")
        refused = await ben.link("six", expect=409)
        again = await ann.link("six")
        bens = await ben.ask("GET", f"{API}/me", expect=200)
    assert refused["code"] == "battle_net_account_taken"
    assert again == linked | {"battleNet": again["battleNet"]}
    assert (bens["battletag"], bens["battleNet"]["status"]) == (None, "missing")


async def test_a_user_who_has_linked_one_account_does_not_slip_into_another(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann:
        linked = await ann.link("six")
        refused = await ann.link("sixty", expect=409)
        assert await ann.ask("GET", f"{API}/me", expect=200) == linked
    assert refused["code"] == "other_battle_net_account_linked"


async def test_an_attempt_of_one_user_is_not_ended_by_another_in_the_same_browser(site: EmbeddingSite) -> None:
    async with site.user("ann") as browser:
        query = {"login_hint": "six", "prompt": "none"}
        async with browser.browser.get(LINK, params=query, allow_redirects=False) as response:
            to_battle_net = response.headers["Location"]
        async with browser.browser.get(to_battle_net, allow_redirects=False) as response:
            callback = response.headers["Location"]
        browser.browser.cookie_jar.update_cookies({CLAIM: "ben"}, response_url=browser.browser._base_url)
        async with browser.browser.get(callback) as response:
            assert (response.status, (await response.json())["code"]) == (400, "sign_in_failed")


async def test_who_is_not_signed_in_at_the_site_is_not_sent_to_battle_net(site: EmbeddingSite) -> None:
    async with site.visitor() as stranger:
        assert (await stranger.ask("GET", LINK, expect=401))["code"] == "unauthenticated"


# Several processes


async def test_on_shared_servers_any_process_of_the_site_serves_and_a_worker_syncs(
    opened: Opened, tmp_path: Path, postgresql_url: str, redis_url: str
) -> None:
    shared = {"database_url": postgresql_url, "queue_url": redis_url, "encryption_keys": generate_key().reveal()}
    async with (
        opened(**shared) as one,
        opened(**shared) as other,
        one.user("ann") as ann,
        other.user("ann") as elsewhere,
        elsewhere.socket() as watch,
    ):
        await ann.link("six")
        session_id = await ann.sync()
        await watch.join(session_id)
        environment = {
            f"CHARACTER_SYNC_{name.upper()}": value
            for name, value in (settings_of(one.url, one.battle_net) | shared).items()
        }
        async with character_sync("worker", folder=tmp_path, environment=environment):
            last = await watch.end()
        told = await ann.ask("GET", f"{API}/sync-sessions/{session_id}", expect=200)
        closed = asyncio.Event()
        watch.client.on("disconnect", lambda *_reason: closed.set())
        await one.embedded.signed_out("ann")
        await closed.wait()

    assert (last["status"], last["processedCharacters"]) == ("completed", 6)
    assert (told["status"], told["processedCharacters"]) == ("completed", 6)


# What the site tells us


async def test_a_sign_out_closes_the_socket_though_the_cookie_itself_still_says_who_it_is(site: EmbeddingSite) -> None:
    closed = asyncio.Event()
    async with site.user("ann") as ann, site.user("ben") as ben, ann.socket() as watch, ben.socket() as other:
        watch.client.on("disconnect", lambda *_reason: closed.set())
        await site.embedded.signed_out("ann")
        await closed.wait()
        assert other.client.connected
        async with ann.socket() as anew:
            assert anew.client.connected


async def test_an_erased_user_leaves_no_row_and_no_socket(site: EmbeddingSite) -> None:
    closed = asyncio.Event()
    async with site.user("ann") as ann, ann.socket() as watch:
        await ann.link("six")
        watch.client.on("disconnect", lambda *_reason: closed.set())
        await site.embedded.erase("ann")
        await closed.wait()
    assert await site.held(select(users)) == []
    assert await site.held(text("SELECT 1 FROM battle_net_tokens")) == []


async def test_telling_of_somebody_who_was_never_here_changes_nothing(site: EmbeddingSite) -> None:
    await site.embedded.signed_out("nobody")
    await site.embedded.erase("nobody")
    assert await site.held(select(users)) == []


async def test_an_export_says_who_the_user_is_at_the_site(site: EmbeddingSite) -> None:
    async with site.user("ann") as ann:
        before = (await ann.ask("GET", f"{API}/me/export", expect=200))["user"]
        await ann.link("six")
        after = (await ann.ask("GET", f"{API}/me/export", expect=200))["user"]
    assert (before["siteUserId"], before["battleNetSub"]) == ("ann", "")
    assert after["battleNetSub"].isdecimal()


# Mistakes of whoever embeds


async def test_an_app_whose_site_forgot_to_run_it_says_so(tmp_path: Path) -> None:
    embedded = embed(SettingsForTests(data_dir=tmp_path), who=whoever_they_say)
    with pytest.raises(RuntimeError, match="is not open: enter"):
        await embedded.signed_out("ann")


@pytest.mark.parametrize("site_user_id", ["", "x" * 256])
async def test_an_id_that_does_not_fit_is_an_error_and_nobody(site_user_id: str) -> None:
    async def who(_connection: HTTPConnection) -> str:
        return site_user_id

    nothing: Any = None  # it is refused before anything is asked
    with pytest.raises(ValueError, match="1 to 255 characters"):
        await SiteSignIns(who, nothing, nothing, nothing).of(HTTPConnection({"type": "http"}))
