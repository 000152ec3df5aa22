"""Signing in with Battle.net, staying signed in, personal access tokens, signing out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from support.service import RunningService, running_service


def browser_of(service: RunningService) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(service.url, cookie_jar=aiohttp.CookieJar(unsafe=True))


async def _callback_url(browser: aiohttp.ClientSession, account: str = "six", **parameters: str) -> URL:
    """Go to Battle.net and back, up to the callback that is not yet asked for."""
    query = {"login_hint": account, "prompt": "none", **parameters}
    async with browser.get("/auth/battle-net/login", params=query, allow_redirects=False) as response:
        authorize = response.headers["Location"]
    async with browser.get(URL(authorize, encoded=True), allow_redirects=False) as response:
        return URL(response.headers["Location"], encoded=True)


async def test_signing_in_leads_back_to_the_page_it_began_at(service: RunningService) -> None:
    async with browser_of(service) as browser:
        callback = await _callback_url(browser, returnTo="/characters?gameVersion=retail")
        async with browser.get(callback, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/characters?gameVersion=retail")
            cookie = response.headers.getall("Set-Cookie")[0]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


@pytest.mark.parametrize(
    "elsewhere", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", "/\t/evil", "x"]
)
async def test_signing_in_never_leads_to_another_site(service: RunningService, elsewhere: str) -> None:
    async with browser_of(service) as browser:
        callback = await _callback_url(browser, returnTo=elsewhere)
        async with browser.get(callback, allow_redirects=False) as response:
            assert (response.status, response.headers["Location"]) == (302, "/")


async def test_a_callback_works_once(service: RunningService) -> None:
    async with browser_of(service) as browser:
        callback = await _callback_url(browser)
        statuses = []
        for _ in range(2):
            async with browser.get(callback, allow_redirects=False) as response:
                statuses.append(response.status)
    assert statuses == [302, 400]


async def test_a_callback_works_only_in_the_browser_that_began(service: RunningService) -> None:
    async with browser_of(service) as victim, browser_of(service) as attacker:
        callback = await _callback_url(attacker)
        await _callback_url(victim)
        async with victim.get(callback, allow_redirects=False) as response:
            problem = await response.json()
        async with victim.get("/api/v1/me") as response:
            assert response.status == 401
    assert problem["code"] == "sign_in_failed"


async def test_a_callback_that_comes_too_late_fails(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    async with running_service(tmp_path, clock=lambda: now[0]) as service, browser_of(service) as browser:
        callback = await _callback_url(browser)
        now[0] += timedelta(minutes=11)
        async with browser.get(callback, allow_redirects=False) as response:
            assert (response.status, (await response.json())["code"]) == (400, "sign_in_failed")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("", "sign_in_failed"),
        ("state=x", "sign_in_failed"),
        ("code=x", "sign_in_failed"),
        ("state=x&code=x", "sign_in_failed"),
        ("error=access_denied&state=x", "sign_in_declined"),
    ],
)
async def test_a_callback_nobody_began_fails(service: RunningService, query: str, code: str) -> None:
    address = URL(f"/auth/battle-net/callback?{query}", encoded=True)
    async with browser_of(service) as browser, browser.get(address, allow_redirects=False) as response:
        assert (response.status, (await response.json())["code"]) == (400, code)


async def test_a_person_whose_sign_in_failed_is_brought_back_to_the_page(service: RunningService) -> None:
    address, person = "/auth/battle-net/callback?error=access_denied", {"Accept": "text/html,*/*;q=0.8"}
    async with browser_of(service) as browser, browser.get(address, headers=person, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (302, "/?signIn=sign_in_declined")


async def test_a_page_learns_who_is_signed_in_and_that_nobody_is(service: RunningService) -> None:
    async with browser_of(service) as browser, browser.get("/auth/who") as response:
        assert (response.status, await response.json()) == (200, {"me": None})
    async with service.player("six") as player:
        assert await player.get("/auth/who") == {"me": await player.get("/api/v1/me")}


async def test_who_signs_in_again_is_the_same_user(service: RunningService) -> None:
    async with service.player("six") as one, service.player("six") as other, service.player("sixty") as stranger:
        assert one.me["id"] == other.me["id"]
        assert one.me["id"] != stranger.me["id"]
        assert one.me["battletag"] is not None


async def test_signing_in_changes_the_browsers_secret(service: RunningService) -> None:
    async with service.player("six") as player:
        before = {cookie.value for cookie in player.browser.cookie_jar}
        await player.sign_in("six")
        after = {cookie.value for cookie in player.browser.cookie_jar}
    assert before.isdisjoint(after)


async def test_after_signing_out_the_cookie_is_worth_nothing(service: RunningService) -> None:
    async with service.player("six") as player:
        [cookie] = [morsel.value for morsel in player.browser.cookie_jar if morsel.key == "character_sync"]
        await player.post("/auth/logout", expect=204)
        async with (
            aiohttp.ClientSession(service.url, headers={"Cookie": f"character_sync={cookie}"}) as thief,
            thief.get("/api/v1/me") as response,
        ):
            assert response.status == 401


@pytest.mark.parametrize(("after", "status"), [(timedelta(days=13), 200), (timedelta(days=15), 401)])
async def test_a_browser_left_unused_is_signed_out(tmp_path: Path, after: timedelta, status: int) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    async with running_service(tmp_path, clock=lambda: now[0]) as service, service.player("six") as player:
        now[0] += after
        await player.get("/api/v1/me", expect=status)


async def test_a_browser_in_use_is_signed_out_in_the_end(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    async with running_service(tmp_path, clock=lambda: now[0]) as service, service.player("six") as player:
        for _ in range(8):
            now[0] += timedelta(days=10)
            await player.get("/api/v1/me")
        now[0] += timedelta(days=10)
        await player.get("/api/v1/me", expect=401)


async def test_an_access_token_is_shown_once_and_ends_when_deleted(service: RunningService) -> None:
    async with service.player("six") as player:
        created = await player.post("/api/v1/me/tokens", {"name": "raid bot"}, expect=201)
        listed = await player.get("/api/v1/me/tokens")
        headers = {"Authorization": f"Bearer {created['token']}"}
        async with aiohttp.ClientSession(service.url, headers=headers) as bot:
            async with bot.get("/api/v1/me") as response:
                used = response.status
            async with player.browser.delete(f"/api/v1/me/tokens/{created['id']}") as response:
                assert response.status == 204
            async with bot.get("/api/v1/me") as response:
                after = response.status

    assert created["token"].startswith("cs_")
    assert [token["name"] for token in listed] == ["test", "raid bot"]
    assert all("token" not in token for token in listed)
    assert (used, after) == (200, 401)


async def test_an_access_token_ends_on_its_day(tmp_path: Path) -> None:
    now = [datetime(2026, 11, 23, 12, tzinfo=UTC)]
    async with running_service(tmp_path, clock=lambda: now[0]) as service, service.player("six") as player:
        created = await player.post("/api/v1/me/tokens", {"name": "short", "expiresInDays": 1}, expect=201)
        headers = {"Authorization": f"Bearer {created['token']}"}
        statuses = []
        async with aiohttp.ClientSession(service.url, headers=headers) as bot:
            for wait in (timedelta(hours=23), timedelta(hours=1)):
                now[0] += wait
                async with bot.get("/api/v1/me") as response:
                    statuses.append(response.status)
    assert statuses == [200, 401]


@pytest.mark.parametrize(
    ("body", "field"), [({}, "name"), ({"name": ""}, "name"), ({"name": "x", "expiresInDays": 0}, "expiresInDays")]
)
async def test_a_malformed_access_token_request_names_the_field(
    service: RunningService, body: dict[str, object], field: str
) -> None:
    async with service.player("six") as player:
        assert (await player.post("/api/v1/me/tokens", body, expect=422))["field"] == field


async def test_in_production_the_cookies_are_host_bound_and_secure(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, public_url="https://characters.example") as service,
        browser_of(service) as browser,
        browser.get("/auth/battle-net/login", allow_redirects=False) as response,
    ):
        cookie = response.headers["Set-Cookie"]
        authorize = URL(response.headers["Location"])
    assert cookie.startswith("__Host-character_sync_sign_in=")
    assert "Secure" in cookie
    assert authorize.query["redirect_uri"] == "https://characters.example/auth/battle-net/callback"


async def test_a_page_of_an_allowed_site_may_ask_with_a_token_and_others_may_not(tmp_path: Path) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with (
        running_service(tmp_path, allowed_origins=("https://guild.example",)) as service,
        browser_of(service) as browser,
    ):
        allowed = []
        for origin in ("https://guild.example", "https://evil.example"):
            headers = {"Origin": origin, **asked}
            async with browser.options("/api/v1/characters/sync", headers=headers) as response:
                allowed.append(response.headers.get("Access-Control-Allow-Origin"))
    assert allowed == ["https://guild.example", None]


async def test_an_operator_can_see_that_it_is_alive_ready_and_busy(service: RunningService) -> None:
    async with browser_of(service) as browser:
        answers = {}
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            async with browser.get(path) as response:
                answers[path] = (response.status, await response.text())
    assert {status for status, _ in answers.values()} == {200}
    assert 'character_sync_battle_net_requests_left{limit="second"} 100.0' in answers["/metrics"][1]
    assert 'character_sync_unfinished_sessions{state="pending"} 0.0' in answers["/metrics"][1]
    assert '"sync-complete"' in answers["/openapi.json"][1]
