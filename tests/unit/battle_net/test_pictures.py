"""Addresses of pictures come from outside and go into pages: only exact origins pass."""

import pytest
from structlog.testing import capture_logs

from character_sync.adapters.battle_net.pictures import BATTLE_NETS_OWN, Pictures
from character_sync.domain.errors import NotReady
from character_sync.settings import load_settings

PATH = "/eu/character/old-blanchy/7/7-avatar.jpg"
SANDBOX = "http://127.0.0.1:8001"


@pytest.mark.parametrize(
    "host", ["render", "render-us", "render-eu", "render-kr", "render-tw", "render-classic1x-eu", "a.b"]
)
def test_a_picture_on_a_host_of_battle_nets_is_kept(host: str) -> None:
    url = f"https://{host}.worldofwarcraft.com{PATH}"
    assert Pictures(BATTLE_NETS_OWN).kept(url) == url


@pytest.mark.parametrize(
    "url",
    [
        f"http://render.worldofwarcraft.com{PATH}",
        f"https://worldofwarcraft.com{PATH}",
        f"https://.worldofwarcraft.com{PATH}",
        f"https://renderXworldofwarcraft.com{PATH}",
        f"https://render.worldofwarcraftXcom{PATH}",
        "https://render.worldofwarcraft.com@evil.example",
        f"https://render.worldofwarcraft.com@evil.example{PATH}",
        f"https://evil.example/@render.worldofwarcraft.com{PATH}",
        f"https://evil.example#.worldofwarcraft.com{PATH}",
        f"https://evil.example?.worldofwarcraft.com{PATH}",
        f"https://evil.example\\.worldofwarcraft.com{PATH}",
        f"https://render.worldofwarcraft.com.evil.example{PATH}",
        f"https://render.worldofwarcraft.com:443{PATH}",
        f"https://render.worldofwarcraft.com.{PATH}",
        f"https://RENDER.worldofwarcraft.com{PATH}",
        f"https://render。worldofwarcraft.com{PATH}",
        f" https://render.worldofwarcraft.com{PATH}",
        f"https://render.worldofwarcraft.com{PATH}\n",
        "https://render.worldofwarcraft.com",
        "//render.worldofwarcraft.com/a.jpg",
        "/a.jpg",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data",
        "http://2852039166/",
        "http://0x7f.1/",
        "https://[::1]/a.jpg",
        "https://[::ffff:169.254.169.254]/a.jpg",
        "javascript:alert(1)",
        "data:image/svg+xml,<svg/>",
        "",
    ],
)
def test_an_address_anywhere_else_is_not_kept(url: str) -> None:
    assert Pictures(BATTLE_NETS_OWN).kept(url) is None


def test_an_origin_without_a_wildcard_is_matched_exactly() -> None:
    pictures = Pictures((SANDBOX, "http://[::1]:8001"))
    assert pictures.kept(SANDBOX + PATH) == SANDBOX + PATH
    assert pictures.kept(f"http://[::1]:8001{PATH}") == f"http://[::1]:8001{PATH}"
    for other in ("http://127.0.0.1", "http://127.0.0.1:80011", "https://127.0.0.1:8001", "http://127a0.0.1:8001"):
        assert pictures.kept(other + PATH) is None


@pytest.mark.parametrize("url", ["/a.jpg", f"https://render.worldofwarcraft.com{PATH}"])
def test_without_origins_no_picture_is_kept(url: str) -> None:
    assert Pictures(()).kept(url) is None


def test_a_refused_address_is_logged_for_whoever_looks_for_a_missing_picture() -> None:
    with capture_logs() as logs:
        Pictures(BATTLE_NETS_OWN).kept("https://evil.example/\x00a.jpg")
    assert logs == [
        {"event": "battle_net_picture_refused", "log_level": "debug", "url": "https://evil.example/\ufffda.jpg"}
    ]


def test_a_picture_that_is_not_there_is_not_logged() -> None:
    with capture_logs() as logs:
        assert Pictures(BATTLE_NETS_OWN).kept(None) is None
    assert logs == []


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "https:",
        "https://*",
        "http://*.example",
        "https://render.*.com",
        "https://render.example/",
        "https://render.example/path",
        "https://user@render.example",
        "https://render.example; script-src *",
        "https://render.example 'unsafe-inline'",
        "data:",
    ],
)
def test_the_service_does_not_start_with_a_picture_origin_that_is_none(origin: str) -> None:
    with pytest.raises(NotReady, match=r"CHARACTER_SYNC_AVATAR_ORIGINS is not usable: .* is not an origin"):
        load_settings(_env_file=None, avatar_origins=origin)


def test_picture_origins_are_comma_separated() -> None:
    settings = load_settings(_env_file=None, avatar_origins=f"https://*.worldofwarcraft.com, {SANDBOX}")
    assert settings.avatar_origins == ("https://*.worldofwarcraft.com", SANDBOX)
