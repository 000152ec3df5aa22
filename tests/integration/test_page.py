"""The page as a browser gets it: which address shows what, with which headers."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from starlette.datastructures import Headers
from starlette.responses import Response

from character_sync.domain.errors import NotReady
from character_sync.entrypoints.page import Page
from support.service import RunningService, running_service

BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
LINK = re.compile(r'(?:src|href)="(/[^"]+\.[a-z0-9]+)"')
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\bon[a-z]+=|\bstyle=", re.IGNORECASE)


@pytest.fixture
async def visitor(service: RunningService) -> AsyncIterator[aiohttp.ClientSession]:
    """Somebody who is not signed in and undoes no compression."""
    async with aiohttp.ClientSession(service.url, auto_decompress=False) as session:
        yield session


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Built files as Vite leaves them."""
    folder = tmp_path / "page_files"
    (folder / "assets").mkdir(parents=True)
    for name in ("index.html", "gallery.html", "favicon.svg", "build-manifest.json", "assets/index-a1.js"):
        (folder / name).write_text(f"{name} " * 100, "utf-8")
    return folder


@pytest.mark.parametrize(
    "path", ["/", "/characters/0b7c", "/history", "/history/0b7c", "/account", "/anything", "/apiary"]
)
async def test_every_address_inside_the_page_shows_the_page(visitor: aiohttp.ClientSession, path: str) -> None:
    async with visitor.get("/index.html") as response:
        expected = await response.read()
    async with visitor.get(path, headers=BROWSER) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert await response.read() == expected


@pytest.mark.parametrize("path", ["/gallery", "/gallery.html"])
async def test_the_gallery_has_a_page_of_its_own(visitor: aiohttp.ClientSession, path: str) -> None:
    async with visitor.get(path) as response:
        assert (response.status, response.content_type) == (200, "text/html")


async def test_whatever_the_page_names_is_there(visitor: aiohttp.ClientSession) -> None:
    for page in ("/", "/gallery"):
        async with visitor.get(page, headers={"Accept-Encoding": "identity"}) as response:
            html = await response.text()
        for path in LINK.findall(html):
            async with visitor.get(path) as response:
                assert (path, response.status) == (path, 200)


async def test_the_pages_hold_no_inline_script_or_style(visitor: aiohttp.ClientSession) -> None:
    for page in ("/", "/gallery"):
        async with visitor.get(page, headers={"Accept-Encoding": "identity"}) as response:
            assert INLINE.findall(await response.text()) == []


@pytest.mark.parametrize(
    "path", ["/api", "/api/v1/nothing", "/api/v2/characters", "/auth/nothing", "/assets/gone-0000.js"]
)
async def test_a_mistyped_address_is_a_problem_even_for_a_browser(visitor: aiohttp.ClientSession, path: str) -> None:
    async with visitor.get(path, headers=BROWSER) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["/nothing.png", "/build-manifest.json"])
async def test_a_file_that_is_not_there_is_a_problem(visitor: aiohttp.ClientSession, path: str) -> None:
    async with visitor.get(path, headers={"Accept": "image/*,*/*;q=0.8"}) as response:
        assert (response.status, response.content_type) == (404, "application/problem+json")


async def test_a_socket_path_never_shows_the_page(visitor: aiohttp.ClientSession) -> None:
    async with visitor.get("/socket.io/nothing", headers=BROWSER) as response:
        assert response.status in {400, 404}
        assert response.content_type != "text/html"


async def test_a_wrong_method_is_still_told_from_an_unknown_path(visitor: aiohttp.ClientSession) -> None:
    async with visitor.get("/auth/logout", headers=BROWSER) as response:
        assert response.status == 405
    async with visitor.post("/history", headers=BROWSER) as response:
        assert response.status == 404


async def test_the_page_is_asked_for_each_time_and_sent_only_when_new(visitor: aiohttp.ClientSession) -> None:
    async with visitor.get("/") as response:
        etag = response.headers["ETag"]
        assert response.headers["Cache-Control"] == "no-cache"
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}'):
        async with visitor.get("/history", headers={**BROWSER, "If-None-Match": known}) as response:
            assert (response.status, response.headers["ETag"], await response.read()) == (304, etag, b"")


async def test_what_a_browser_holds_keeps_its_policy_when_it_is_told_that_nothing_is_new(
    visitor: aiohttp.ClientSession,
) -> None:
    async with visitor.get("/", headers=BROWSER) as response:
        first = response.headers
    async with visitor.get("/", headers={**BROWSER, "If-None-Match": first["ETag"]}) as response:
        assert response.status == 304
        for name in (
            "Content-Security-Policy",
            "Referrer-Policy",
            "Cross-Origin-Opener-Policy",
            "Cache-Control",
            "Vary",
        ):
            assert response.headers[name] == first[name]


async def test_head_tells_of_the_page_without_sending_it(visitor: aiohttp.ClientSession) -> None:
    async with visitor.head("/") as response:
        assert (response.status, await response.read()) == (200, b"")
        assert int(response.headers["Content-Length"]) > 0


async def test_the_page_may_load_nothing_from_elsewhere_but_avatars(
    visitor: aiohttp.ClientSession, service: RunningService
) -> None:
    async with visitor.get("/") as response:
        headers = response.headers
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy == {
        "default-src": "'self'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self' data: https://*.worldofwarcraft.com {service.sandbox.url}",
        "connect-src": "'self'",
        "font-src": "'self'",
        "object-src": "'none'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


async def test_the_operators_avatar_origins_are_allowed_on_the_page(tmp_path: Path) -> None:
    origins = ("https://pictures.example", "http://127.0.0.1:8001")
    async with (
        running_service(tmp_path, avatar_origins=origins) as service,
        aiohttp.ClientSession(service.url) as visitor,
        visitor.get("/") as response,
    ):
        assert f"img-src 'self' data: {' '.join(origins)};" in response.headers["Content-Security-Policy"]


async def test_signing_in_leads_from_the_page_to_battle_net_and_back(service: RunningService) -> None:
    async with service.player("six") as player:
        asked = {"login_hint": "six", "prompt": "none", "returnTo": "/history"}
        async with player.browser.get("/auth/battle-net/login", params=asked, headers=BROWSER) as response:
            assert (response.status, urlsplit(str(response.url)).path) == (200, "/history")
            assert response.content_type == "text/html"


def test_a_script_arrives_compressed_and_is_kept_for_ever(built: Path) -> None:
    response = answer(Page(built, ()), "/assets/index-a1.js", accept_encoding="gzip, deflate, br")
    assert response.headers["Content-Encoding"] == "gzip"
    assert len(response.body) < (built / "assets/index-a1.js").stat().st_size
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Vary"] == "Accept-Encoding"


def test_a_client_that_cannot_decompress_gets_the_file_as_it_is(built: Path) -> None:
    response = answer(Page(built, ()), "/assets/index-a1.js", accept_encoding="")
    assert "Content-Encoding" not in response.headers
    assert response.body == (built / "assets/index-a1.js").read_bytes()


def test_a_file_whose_name_has_no_hash_is_asked_for_each_time(built: Path) -> None:
    assert answer(Page(built, ()), "/favicon.svg").headers["Cache-Control"] == "no-cache"


def test_what_the_page_was_built_from_is_not_served(built: Path) -> None:
    assert Page(built, ()).answer("GET", "/build-manifest.json", Headers()) is None


@pytest.mark.parametrize("missing", ["index.html", "gallery.html"])
def test_without_its_files_the_service_does_not_start(built: Path, missing: str) -> None:
    (built / missing).unlink()
    with pytest.raises(NotReady, match=rf"{missing} is missing.*make page"):
        Page(built, ())


def answer(page: Page, path: str, *, accept_encoding: str = "gzip") -> Response:
    response = page.answer("GET", path, Headers({"accept-encoding": accept_encoding}))
    assert response is not None
    return response
