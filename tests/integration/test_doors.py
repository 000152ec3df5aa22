"""What is too much, or not what it says it is, is refused before it costs anything; and how every answer leaves."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import text
from yarl import URL

from character_sync.entrypoints.rate_limits import RateLimit
from character_sync.entrypoints.request_limits import RequestLimits, is_deeper_than
from support.service import Player, RunningService, running_service

TOKENS = "/api/v1/me/tokens"
JSON = {"Content-Type": "application/json"}


async def refused(player: Player, *, expect: int, code: str, path: str = TOKENS, **asked: Any) -> Any:
    async with player.browser.post(path, **asked) as response:
        problem = await response.json()
        assert (response.status, problem["code"]) == (expect, code)
        assert response.content_type == "application/problem+json"
        return problem


# How often


def standing_still() -> float:
    """A clock by which all that a test asks for is asked for in one moment."""
    return 0.0


async def test_a_user_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_is(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, monotonic=standing_still, requests_per_user=10) as service,
        service.player("six") as player,
        service.player("sixty") as other,
    ):
        statuses = []
        for _ in range(12):
            async with player.browser.get("/api/v1/me") as response:
                statuses.append(response.status)
                problem = await response.json()
        assert (problem["code"], response.headers["Retry-After"]) == ("too_many_requests", "6")
        await other.get("/api/v1/me")
    assert statuses.count(200) == 8  # signing in has used two
    assert statuses[8:] == [429] * 4


@pytest.mark.parametrize(("path", "allowed"), [("/api/v1/game-versions", 20), ("/auth/battle-net/login", 4)])
async def test_an_address_may_ask_so_often_and_sign_in_less_often(tmp_path: Path, path: str, allowed: int) -> None:
    async with (
        running_service(tmp_path, monotonic=standing_still, requests_per_address=20, sign_ins_per_address=4) as service,
        aiohttp.ClientSession(service.url) as stranger,
    ):
        statuses = []
        for number in range(allowed + 2):
            headers = {"X-Forwarded-For": f"192.0.2.{number}"}  # which anybody can write
            async with stranger.get(path, headers=headers, allow_redirects=False) as response:
                statuses.append(response.status)
    assert 429 not in statuses[:allowed]
    assert statuses[allowed:] == [429, 429]


async def test_behind_a_trusted_proxy_each_client_has_limits_of_its_own(tmp_path: Path) -> None:
    async with (
        running_service(
            tmp_path, monotonic=standing_still, sign_ins_per_address=1, trusted_proxies="127.0.0.1"
        ) as service,
        aiohttp.ClientSession(service.url) as proxy,
    ):
        statuses = []
        for client in ("192.0.2.1", "192.0.2.2", "192.0.2.1"):
            headers = {"X-Forwarded-For": f"203.0.113.9, {client}"}
            async with proxy.get("/auth/battle-net/login", headers=headers, allow_redirects=False) as response:
                statuses.append(response.status)
    assert statuses == [302, 302, 429]


async def test_the_page_and_the_operators_checks_are_not_counted(tmp_path: Path) -> None:
    async with (
        running_service(tmp_path, requests_per_address=1) as service,
        aiohttp.ClientSession(service.url) as browser,
    ):
        for path in ("/", "/healthz", "/readyz", "/metrics") * 2:
            async with browser.get(path) as response:
                assert response.status == 200


async def test_a_page_of_an_allowed_site_can_read_that_it_asked_too_often(tmp_path: Path) -> None:
    async with (
        running_service(
            tmp_path,
            monotonic=standing_still,
            requests_per_address=1,
            allowed_origins=("https://guild.example",),
        ) as service,
        aiohttp.ClientSession(service.url, headers={"Origin": "https://guild.example"}) as page,
    ):
        for _ in range(2):
            async with page.get("/api/v1/game-versions") as response:
                allowed = response.headers.get("Access-Control-Allow-Origin")
    assert (response.status, allowed) == (429, "https://guild.example")


# How much


@pytest.fixture
async def player(service: RunningService) -> AsyncIterator[Player]:
    async with service.player("six") as player:
        yield player


async def test_a_body_of_64_kib_is_read_and_one_byte_more_is_not(player: Player) -> None:
    body = json.dumps({"name": "x", "more": ""}).encode()
    body = body.replace(b'""', b'"%s"' % (b"y" * (65_536 - len(body))))
    await refused(player, expect=422, code="invalid_request", data=body, headers=JSON)
    await refused(player, expect=413, code="too_large", data=body + b" ", headers=JSON)


async def test_a_body_without_an_end_is_cut_off(player: Player) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 4096

    try:
        await refused(player, expect=413, code="too_large", data=endless(), headers=JSON)
    except aiohttp.ClientConnectionError:  # it may find the connection closed before it has read why
        await player.get("/api/v1/me")


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    told: list[Any] = []

    async def never() -> Any:
        await asyncio.Event().wait()

    async def note(message: Any) -> None:
        told.append(message)

    async def app(*_: Any) -> None:
        raise AssertionError("nothing is to be asked of the app")

    none = RateLimit(0)
    limits = RequestLimits(app, per_address=none, sign_ins_per_address=none, body_seconds=0.01)
    scope = {"type": "http", "method": "POST", "path": TOKENS, "query_string": b"", "headers": [], "client": None}
    async with asyncio.timeout(60):
        await limits(scope, never, note)
    assert told[0]["status"] == 408


@pytest.mark.parametrize("said", ["nonsense", "-1", "65537", "99999999999999999999"])
async def test_a_length_that_cannot_be_is_refused_before_the_body_comes(service: RunningService, said: str) -> None:
    head = f"POST {TOKENS} HTTP/1.1\r\nHost: x\r\nContent-Length: {said}\r\n\r\n"
    assert await _raw(service, head.encode()) in {400, 413}


async def test_headers_of_16_kib_are_refused(player: Player) -> None:
    headers = {f"X-{number}": "y" * 1000 for number in range(17)}
    async with player.browser.get("/api/v1/me", headers=headers) as response:
        assert (response.status, (await response.json())["code"]) == (431, "headers_too_large")


async def test_headers_without_an_end_are_not_gathered(service: RunningService) -> None:
    assert await _raw(service, b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-Endless: " + b"y" * 200_000) == 431


async def _raw(service: RunningService, sent: bytes) -> int:
    """Send bytes and return the status that comes back."""
    url = URL(service.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    try:
        writer.write(sent)
        return int((await reader.readline()).split()[1])
    finally:
        writer.close()


async def test_an_address_of_8_kib_is_too_long(player: Player) -> None:
    async with player.browser.get("/api/v1/me?" + "y" * 8_192) as response:
        assert (response.status, (await response.json())["code"]) == (414, "address_too_long")


@pytest.mark.parametrize(("count", "status"), [(32, 200), (33, 400), (2_000, 400)])
async def test_an_address_with_too_many_parameters_is_refused(player: Player, count: int, status: int) -> None:
    async with player.browser.get("/api/v1/me?" + "&".join(["y"] * count)) as response:
        assert response.status == status


# What it is


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 17 + b"]" * 17, 400),
        (b"[" * 60_000, 400),
        (b'{"a":' * 12_000, 400),
        (b"[" * 16 + b"]" * 16, 422),
        (b'"' + b"[" * 100 + b'"', 422),
        (b'"\\"' + b"[" * 100 + b'"', 422),
    ],
)
async def test_json_that_is_nested_too_deeply_is_not_read(player: Player, body: bytes, status: int) -> None:
    await refused(player, expect=status, code="invalid_request", data=body, headers=JSON)


def test_brackets_in_a_string_without_an_end_are_not_counted() -> None:
    assert not is_deeper_than(b'{"a": "' + b"[" * 1000, 16)
    assert is_deeper_than(b'{"a": "\\\\"' + b"[" * 16, 16)


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/jsonp"},
        {"Content-Type": "text/json"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
async def test_a_body_that_is_not_plain_json_is_an_unsupported_media_type(
    player: Player, headers: dict[str, str]
) -> None:
    await refused(player, expect=415, code="unsupported_media_type", data=b'{"name": "x"}', headers=headers)


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", 'APPLICATION/JSON;charset="UTF-8"']
)
async def test_json_in_utf_8_is_read_however_it_is_announced(player: Player, kind: str) -> None:
    headers = {"Content-Type": kind}
    async with player.browser.post(TOKENS, data=b'{"name": "x"}', headers=headers) as response:
        assert response.status == 201


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PUT", "PATCH", "HEAD", "PROPFIND"])
async def test_a_method_that_a_route_does_not_have_is_named_as_not_allowed(player: Player, method: str) -> None:
    async with player.browser.request(method, "/api/v1/me") as response:
        said = await response.text()
    assert response.status == (400 if method == "CONNECT" else 405)
    assert "X-Secret" not in said
    if method != "CONNECT":  # which the HTTP parser refuses
        assert response.headers["Allow"] == "DELETE, GET"


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
async def test_no_header_makes_one_method_another(player: Player, header: str) -> None:
    async with player.browser.get("/api/v1/me?_method=DELETE", headers={header: "DELETE"}) as response:
        assert response.status == 200
    await player.get("/api/v1/me")


# How answers leave


def _is_locked_down(headers: Any) -> bool:
    return (
        headers["X-Content-Type-Options"] == "nosniff"
        and headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
        and headers["Referrer-Policy"] == "no-referrer"
        and headers["Cache-Control"] == "no-store"
        and "Server" not in headers
        and "X-Powered-By" not in headers
    )


async def test_every_answer_of_the_api_says_what_a_browser_may_make_of_it(player: Player) -> None:
    session = await player.sync()
    asked = [
        ("GET", "/api/v1/me", 200),
        ("GET", "/api/v1/me/export", 200),
        ("GET", f"/api/v1/sync-sessions/{session['sessionId']}/events", 200),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/api/v1/characters/nonsense", 422),
        ("PUT", "/api/v1/me", 405),
        ("GET", "/api/v1/me?" + "&" * 40, 400),
        ("GET", "/auth/battle-net/callback", 400),
        ("POST", "/auth/logout", 204),
        ("GET", "/api/v1/me", 401),
    ]
    for method, path, status in asked:
        async with player.browser.request(method, path) as response:
            assert response.status == status
            assert _is_locked_down(response.headers), path


@pytest.mark.parametrize(("scheme", "sent"), [("https", True), ("http", False)])
async def test_only_a_site_with_https_asks_browsers_to_stay_with_it(tmp_path: Path, scheme: str, *, sent: bool) -> None:
    async with (
        running_service(tmp_path, public_url=f"{scheme}://characters.example") as service,
        aiohttp.ClientSession(service.url) as browser,
    ):
        for path in ("/", "/healthz", "/api/v1/me"):
            async with browser.get(path) as response:
                assert ("Strict-Transport-Security" in response.headers) is sent


async def test_the_page_keeps_its_own_policy(service: RunningService) -> None:
    async with aiohttp.ClientSession(service.url) as browser, browser.get("/") as response:
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert response.headers["Cache-Control"] == "no-cache"


async def test_a_mistake_of_ours_shows_nothing_of_our_insides(service: RunningService, player: Player) -> None:
    async with service.parts.database.writing() as connection:
        await connection.execute(text("ALTER TABLE characters RENAME TO hidden_away"))
        await connection.commit()
    async with player.browser.get("/api/v1/characters") as response:
        said, headers = await response.text(), response.headers
    problem = json.loads(said)
    assert (response.status, problem["code"]) == (500, "internal_error")
    assert problem.keys() == {"type", "title", "status", "code", "detail", "requestId"}
    assert not [inside for inside in ("SELECT", "sqlite", "Traceback", ".py", "hidden", "characters") if inside in said]
    assert _is_locked_down(headers)
