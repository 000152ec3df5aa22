"""Behind a proxy that ends TLS: what counts is the public address the operator named, not what a header says."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import socketio
from socketio.exceptions import ConnectionError as NotConnected
from yarl import URL

from support.service import RunningService, connect, running_service

PUBLIC = "https://localhost"  # the sandbox sends players back to loopback names only
AS_NGINX_SENDS = {"Host": "localhost", "X-Forwarded-Proto": "https", "X-Forwarded-For": "198.51.100.7"}
FORGED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}


@pytest.fixture
async def public(tmp_path: Path) -> AsyncIterator[RunningService]:
    async with running_service(tmp_path, public_url=PUBLIC) as running:
        yield running


async def began_sign_in(service: RunningService, headers: dict[str, str]) -> tuple[str, URL]:
    """Return the cookie that was set and the address at Battle.net."""
    path = f"{service.url}/auth/battle-net/login"
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(path, headers=headers, allow_redirects=False) as response,
    ):
        return response.headers["Set-Cookie"], URL(response.headers["Location"])


async def signed_in(service: RunningService) -> str:
    """Go through a sign-in as a browser does that knows the service by its public address; return its cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as browser:
        login = f"{service.url}/auth/battle-net/login?login_hint=six&prompt=none"
        async with browser.get(login, headers=AS_NGINX_SENDS, allow_redirects=False) as response:
            attempt = response.headers["Set-Cookie"].partition(";")[0]
            authorize = response.headers["Location"]
        async with browser.get(authorize, allow_redirects=False) as response:
            callback = URL(response.headers["Location"])
        assert str(callback.origin()) == PUBLIC
        inside = URL(service.url).join(callback.relative())
        headers = AS_NGINX_SENDS | {"Cookie": attempt}
        async with browser.get(inside, headers=headers, allow_redirects=False) as response:
            cookies = response.headers.getall("Set-Cookie")
    assert all("Secure" in cookie for cookie in cookies)
    return next(cookie.partition(";")[0] for cookie in cookies if cookie.startswith("__Host-character_sync="))


@pytest.mark.parametrize("headers", [AS_NGINX_SENDS, FORGED, {}], ids=["proxied", "forged", "bare"])
async def test_cookies_are_secure_and_the_way_back_is_public_whatever_headers_say(
    public: RunningService, headers: dict[str, str]
) -> None:
    cookie, authorize = await began_sign_in(public, headers)
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert authorize.query["redirect_uri"] == f"{PUBLIC}/auth/battle-net/callback"


async def test_a_forged_scheme_makes_no_cookie_secure_that_could_not_come_back(service: RunningService) -> None:
    cookie, _ = await began_sign_in(service, {"X-Forwarded-Proto": "https"})
    assert "Secure" not in cookie


async def test_a_page_of_the_public_address_may_change_things_and_others_may_not(public: RunningService) -> None:
    headers = AS_NGINX_SENDS | {"Cookie": await signed_in(public)}
    statuses = []
    async with aiohttp.ClientSession(public.url, cookie_jar=aiohttp.DummyCookieJar()) as browser:
        for origin in (PUBLIC, "http://localhost", public.url, "https://evil.example"):
            async with browser.post("/api/v1/me/tokens", json={"name": "x"}, headers=headers | {"Origin": origin}) as r:
                statuses.append(r.status)
    assert statuses == [201, 403, 403, 403]


async def test_a_socket_with_the_cookie_is_opened_for_the_public_origin_only(public: RunningService) -> None:
    cookie = await signed_in(public)
    opened = []
    for headers in (
        AS_NGINX_SENDS | {"Origin": PUBLIC},
        FORGED | {"Origin": "https://evil.example"},
        AS_NGINX_SENDS | {"Origin": "http://localhost"},
    ):
        async with aiohttp.ClientSession() as http:
            client = socketio.AsyncClient(reconnection=False, http_session=http)
            try:
                await connect(client, public.url, headers=headers | {"Cookie": cookie})
            except NotConnected:
                opened.append(False)
            else:
                opened.append(True)
                await client.disconnect()
    assert opened == [True, False, False]
