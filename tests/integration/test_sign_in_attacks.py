"""What an attacker may try with the sign-in and with the secrets it leaves in a browser."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select, text
from yarl import URL

from character_sync.adapters.database.tables import metadata
from character_sync.use_cases.link_battle_net_account import same_site_path
from support.service import RunningService, running_service

Browser = aiohttp.ClientSession
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Scene:
    """Two browsers at one service: the victim's and the attacker's."""

    def __init__(self, service: RunningService, victim: Browser, attacker: Browser) -> None:
        self.service, self.victim, self.attacker = service, victim, attacker
        self.now = [START]

    async def back_from_battle_net(self, browser: Browser, account: str = "six", **more: str) -> URL:
        """Go to Battle.net and return the callback that is not yet asked for."""
        query = {"login_hint": account, "prompt": "none", **more}
        async with browser.get("/auth/battle-net/login", params=query, allow_redirects=False) as response:
            authorize = URL(response.headers["Location"], encoded=True)
        async with browser.get(authorize, allow_redirects=False) as response:
            return URL(response.headers["Location"], encoded=True)

    async def calls_back(self, browser: Browser, callback: URL) -> int:
        async with browser.get(callback, allow_redirects=False) as response:
            return response.status


async def _is_signed_in(browser: Browser) -> bool:
    async with browser.get("/api/v1/me") as response:
        return response.status == 200


async def _replayed_state(scene: Scene) -> URL:
    first = await scene.back_from_battle_net(scene.victim)
    assert await scene.calls_back(scene.victim, first) == 302
    await scene.victim.post("/auth/logout")
    # The cookie of the attempt is gone from the browser after its use; an attacker who kept it brings it again.
    return first


async def _replayed_code(scene: Scene) -> URL:
    first = await scene.back_from_battle_net(scene.victim)
    assert await scene.calls_back(scene.victim, first) == 302
    await scene.victim.post("/auth/logout")
    second = await scene.back_from_battle_net(scene.victim)
    return second.update_query(code=first.query["code"])


async def _anothers_callback(scene: Scene) -> URL:
    """Login CSRF: the victim is to be signed in as the attacker."""
    await scene.back_from_battle_net(scene.victim)
    return await scene.back_from_battle_net(scene.attacker, "sixty")


async def _callback_without_an_attempt(scene: Scene) -> URL:
    return await scene.back_from_battle_net(scene.attacker, "sixty")


async def _state_of_another_attempt_with_ones_own_code(scene: Scene) -> URL:
    theirs = await scene.back_from_battle_net(scene.attacker, "sixty")
    return (await scene.back_from_battle_net(scene.victim)).update_query(state=theirs.query["state"])


def _with(**query: str) -> Callable[[Scene], Awaitable[URL]]:
    async def attack(scene: Scene) -> URL:
        return (await scene.back_from_battle_net(scene.victim)).update_query(query)

    return attack


def _without(name: str) -> Callable[[Scene], Awaitable[URL]]:
    async def attack(scene: Scene) -> URL:
        return (await scene.back_from_battle_net(scene.victim)).without_query_params(name)

    return attack


async def _too_late(scene: Scene) -> URL:
    callback = await scene.back_from_battle_net(scene.victim)
    scene.now[0] += timedelta(minutes=10)
    return callback


ATTACKS: dict[str, Callable[[Scene], Awaitable[URL]]] = {
    "a state that was used": _replayed_state,
    "a code that was used": _replayed_code,
    "another browser's attempt": _anothers_callback,
    "another browser's attempt, in a browser without one": _callback_without_an_attempt,
    "another's state with one's own code": _state_of_another_attempt_with_ones_own_code,
    "no state": _without("state"),
    "no code": _without("code"),
    "an empty state": _with(state=""),
    "a short state": _with(state="a"),
    "a made-up state": _with(state="A" * 43),
    "a made-up code": _with(code="made-up"),
    "declined": _with(error="access_denied"),
    "ten minutes later": _too_late,
}


async def _attacked(folder: Path, attack: Callable[[Scene], Awaitable[URL]]) -> tuple[int, bool, str]:
    jar = [aiohttp.CookieJar(unsafe=True) for _ in range(2)]
    now = [START]
    async with (
        running_service(folder, clock=lambda: now[0]) as service,
        Browser(service.url, cookie_jar=jar[0]) as victim,
        Browser(service.url, cookie_jar=jar[1]) as attacker,
    ):
        scene = Scene(service, victim, attacker)
        scene.now = now
        callback = await attack(scene)
        async with victim.get(callback, allow_redirects=False) as response:
            code = (await response.json())["code"] if response.content_type.endswith("json") else ""
        return response.status, await _is_signed_in(victim), code


@pytest.mark.parametrize("attack", ATTACKS)
async def test_no_attack_on_the_callback_signs_anybody_in(tmp_path: Path, attack: str) -> None:
    status, is_signed_in, code = await _attacked(tmp_path, ATTACKS[attack])
    assert (status, is_signed_in) == (400, False)
    assert code == ("sign_in_declined" if attack == "declined" else "sign_in_failed")


async def test_a_used_attempt_is_worth_nothing_even_with_its_cookie_and_a_new_code(service: RunningService) -> None:
    query = {"login_hint": "six", "prompt": "none"}
    async with Browser(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get("/auth/battle-net/login", params=query, allow_redirects=False) as response:
            authorize = URL(response.headers["Location"], encoded=True)
        cookies = {morsel.key: morsel.value for morsel in browser.cookie_jar}
        callbacks = []
        for _ in range(2):
            async with browser.get(authorize, allow_redirects=False) as response:
                callbacks.append(URL(response.headers["Location"], encoded=True))
        scene = Scene(service, browser, browser)
        assert await scene.calls_back(browser, callbacks[0]) == 302
    async with Browser(service.url, cookies=cookies) as thief:
        assert await scene.calls_back(thief, callbacks[1]) == 400
        assert not await _is_signed_in(thief)


async def test_of_two_sign_ins_begun_side_by_side_the_later_one_ends_well(service: RunningService) -> None:
    async with Browser(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        scene = Scene(service, browser, browser)
        first, second = [await scene.back_from_battle_net(browser) for _ in range(2)]
        statuses = [await scene.calls_back(browser, callback) for callback in (first, second)]
        assert await _is_signed_in(browser)
    assert statuses == [400, 302]


# Where a sign-in leads

ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\\/evil.example",
    "\\/evil.example",
    "https:evil.example",
    "https://evil.example",
    "https:/evil.example",
    "HTTPS://evil.example",
    "//evil.example@good.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "/\t/evil.example",
    "/\n/evil.example",
    "\t//evil.example",
    " //evil.example",
    "/\x00/evil.example",
    "/\u2028/evil.example",
    "evil.example",
    "?next=//evil.example",
    "",
    ".",
    "@evil.example",
]


@pytest.mark.parametrize("elsewhere", ELSEWHERE)
def test_what_could_lead_to_another_site_leads_home(elsewhere: str) -> None:
    assert same_site_path(elsewhere) == "/"


@pytest.mark.parametrize(
    "path", ["/", "/characters?gameVersion=retail", "/%2f%2fevil.example", "/a//b", "/ö", "/x?next=//evil.example#y"]
)
def test_a_path_of_this_site_is_kept(path: str) -> None:
    assert same_site_path(path) == path


@pytest.mark.parametrize("encoded", ["%2f%2fevil.example", "%2F%5Cevil.example", "//evil.example", "/%09/evil.example"])
async def test_a_sign_in_never_leads_to_another_site(service: RunningService, encoded: str) -> None:
    address = URL(f"/auth/battle-net/login?login_hint=six&prompt=none&returnTo={encoded}", encoded=True)
    async with Browser(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        async with browser.get(address, allow_redirects=False) as response:
            authorize = URL(response.headers["Location"], encoded=True)
        async with browser.get(authorize, allow_redirects=False) as response:
            callback = URL(response.headers["Location"], encoded=True)
        async with browser.get(callback, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/")


# What is left in the browser


async def test_a_new_sign_in_ends_the_one_the_browser_had(service: RunningService) -> None:
    async with service.player("six") as player:
        [old] = [morsel.value for morsel in player.browser.cookie_jar if morsel.key == "character_sync"]
        await player.sign_in("six")
        async with (
            Browser(service.url, headers={"Cookie": f"character_sync={old}"}) as thief,
            thief.get("/api/v1/me") as response,
        ):
            assert response.status == 401
        await player.get("/api/v1/me")


async def test_a_secret_set_before_signing_in_is_not_taken_over(service: RunningService) -> None:
    planted = {"character_sync": "planted"}
    async with Browser(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True), cookies=planted) as browser:
        scene = Scene(service, browser, browser)
        assert await scene.calls_back(browser, await scene.back_from_battle_net(browser)) == 302
    async with Browser(service.url, headers={"Cookie": "character_sync=planted"}) as attacker:
        assert not await _is_signed_in(attacker)


async def test_signing_out_everywhere_ends_every_browser_and_no_token(service: RunningService) -> None:
    async with service.player("six") as phone, service.player("six") as laptop, service.player("sixty") as other:
        await phone.post("/auth/logout?everywhere=true", expect=204)
        statuses = []
        for player in (phone, laptop, other):
            async with player.browser.get("/api/v1/me") as response:
                statuses.append(response.status)
        async with (
            Browser(service.url, headers={"Authorization": f"Bearer {laptop.token}"}) as bot,
            bot.get("/api/v1/me") as response,
        ):
            assert response.status == 200
    assert statuses == [401, 401, 200]


async def test_signing_out_here_leaves_the_other_browsers(service: RunningService) -> None:
    async with service.player("six") as phone, service.player("six") as laptop:
        await phone.post("/auth/logout", expect=204)
        await laptop.get("/api/v1/me")


async def test_reading_pages_notes_the_use_of_a_sign_in_only_every_few_minutes(tmp_path: Path) -> None:
    now = [START]

    async def noted(service: RunningService) -> Any:
        async with service.parts.database.reading() as connection:
            rows = await connection.execute(select(metadata.tables["browser_sign_ins"].c.last_used_at))
            return rows.scalar_one()

    async with running_service(tmp_path, clock=lambda: now[0]) as service, service.player("six") as player:
        seen = []
        for minutes in (4, 2, 2):
            now[0] += timedelta(minutes=minutes)
            await player.get("/api/v1/me")
            seen.append(await noted(service))
    assert seen == [START, START + timedelta(minutes=6), START + timedelta(minutes=6)]


async def test_no_secret_of_a_browser_is_in_the_database(service: RunningService) -> None:
    async with service.player("six") as player:
        secrets = [morsel.value for morsel in player.browser.cookie_jar] + [player.token]
        async with service.parts.database.reading() as connection:
            rows = [
                str(row)
                for table in metadata.sorted_tables
                for row in await connection.execute(text(f"SELECT * FROM {table.name}"))  # noqa: S608 - our own names
            ]
    assert secrets
    assert not [secret for secret in secrets for row in rows if secret in row]


@pytest.mark.parametrize(
    "cookie", ["character_sync=a; character_sync=b", "character_sync=" + "x" * 8000, "=;;=", "\x00"]
)
async def test_odd_cookies_are_nobodys(service: RunningService, cookie: str) -> None:
    async with Browser(service.url) as browser, browser.get("/api/v1/me") as response:
        assert response.status == 401
    head = f"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
    assert await _status(service, head.encode()) in {400, 401}


async def _status(service: RunningService, sent: bytes) -> int:
    url = URL(service.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(sent)
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()
