"""Signing in."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from character_sync.adapters.battle_net.oauth import user_in
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetRateLimited,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    SignInFailed,
)
from character_sync.ports import BattleNetUser, Secret

REDIRECT = "http://127.0.0.1:8000/auth/battle-net/callback"
PAGE = b"<!DOCTYPE html><title>596 Service Not Found</title>"
GRANT = {
    "access_token": "EUplayer",
    "token_type": "bearer",
    "expires_in": 86399,
    "scope": "openid wow.profile",
    "sub": "12345",
    "id_token": "x.y.z",
}


def test_the_player_is_sent_with_everything_battle_net_asks_for(oauth, battle_net):
    passed_on = {"login_hint": "six", "prompt": "none", "scope": "everything"}
    url = urlsplit(oauth.authorize_url(state=Secret("s&t"), redirect_uri=REDIRECT, passed_on=passed_on).reveal())
    assert f"{url.scheme}://{url.netloc}{url.path}" == f"{battle_net.url}/oauth/authorize"
    assert parse_qsl(url.query) == [
        ("client_id", "sandbox"),
        ("redirect_uri", REDIRECT),
        ("response_type", "code"),
        ("scope", "openid wow.profile"),
        ("state", "s&t"),
        ("login_hint", "six"),
        ("prompt", "none"),
    ]


async def test_a_code_becomes_a_token(oauth, battle_net, say, clock):
    battle_net.token = say(200, GRANT)
    grant = await oauth.exchange(code=Secret("c0de"), redirect_uri=REDIRECT)
    assert grant.access_token == Secret("EUplayer")
    assert grant.expires_at == clock.now + timedelta(seconds=86399)
    assert grant.scopes == {"openid", "wow.profile"}
    (asked,) = battle_net.seen
    assert (asked.method, asked.path) == ("POST", "/oauth/token")
    assert asked.form == {"grant_type": "authorization_code", "code": "c0de", "redirect_uri": REDIRECT}
    assert asked.headers["Authorization"] == "Basic c2FuZGJveDpzaGg="
    assert asked.headers["User-Agent"].startswith("character-sync/")


@pytest.mark.parametrize(
    ("told", "life", "scopes"),
    [
        ({}, 86_399, {"openid", "wow.profile"}),
        ({"expires_in": None, "scope": None}, 86_399, {"openid", "wow.profile"}),
        ({"expires_in": 3600.0, "scope": ["openid"]}, 3_600, {"openid"}),
        ({"expires_in": 10**15, "scope": ""}, 30 * 86_400, set()),
        ({"expires_in": -5, "scope": 5}, 86_399, {"openid", "wow.profile"}),
    ],
)
async def test_a_grant_that_says_less(oauth, battle_net, say, clock, told, life, scopes):
    battle_net.token = say(200, {"access_token": "t", **told})
    grant = await oauth.exchange(code=Secret("c0de"), redirect_uri=REDIRECT)
    assert grant.expires_at - clock.now == timedelta(seconds=life)
    assert grant.scopes == scopes


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant", "error_description": "Invalid authorization code"}, SignInFailed),
        (401, {"error": "invalid_grant"}, SignInFailed),
        (403, {}, SignInFailed),
        (401, {"error": "invalid_client"}, BattleNetCredentialsRefused),
        (401, b"", BattleNetCredentialsRefused),
        (404, {}, BattleNetUnavailable),
        (500, {}, BattleNetUnavailable),
        (596, PAGE, BattleNetUnavailable),
        (200, PAGE, BattleNetUnavailable),
        (400, PAGE, BattleNetUnavailable),
        (302, b"", BattleNetUnavailable),
        (200, b"", BattleNetUnavailable),
        (200, {}, BattleNetAnswerUnreadable),
        (200, {"access_token": ""}, BattleNetAnswerUnreadable),
        (200, [], BattleNetAnswerUnreadable),
        (429, {}, BattleNetRateLimited),
    ],
)
async def test_a_code_that_gave_no_token(oauth, battle_net, say, status, body, error):
    battle_net.token = say(status, body)
    with pytest.raises(error):
        await oauth.exchange(code=Secret("c0de"), redirect_uri=REDIRECT)


@pytest.mark.parametrize(
    ("body", "user"),
    [
        ({"sub": "12345", "id": 12345, "battletag": "Jaina#1234"}, BattleNetUser("12345", "Jaina#1234")),
        ({"id": 12345}, BattleNetUser("12345", None)),  # captured/userinfo.no_battletag.2.json
        ({"sub": "12345", "battletag": None}, BattleNetUser("12345", None)),
        ({"sub": 12345, "id": 12345}, BattleNetUser("12345", None)),
        ({"sub": "1", "battletag": "Зул\u0000#1"}, BattleNetUser("1", "Зул\ufffd#1")),
    ],
)
async def test_who_signed_in(oauth, battle_net, say, body, user):
    battle_net.userinfo = say(200, body)
    assert await oauth.user(Secret("EUplayer")) == user
    assert battle_net.seen[0].headers["Authorization"] == "Bearer EUplayer"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_token", "error_description": "Invalid access token"}, BattleNetTokenInvalid),
        (401, {"error": "invalid_token"}, BattleNetTokenInvalid),
        (403, {}, BattleNetTokenInvalid),
        (503, PAGE, BattleNetUnavailable),
        (200, {"battletag": "Jaina#1234"}, BattleNetAnswerUnreadable),
        (200, {"sub": "", "id": -1}, BattleNetAnswerUnreadable),
    ],
)
async def test_a_user_that_was_not_told(oauth, battle_net, say, status, body, error):
    battle_net.userinfo = say(status, body)
    with pytest.raises(error):
        await oauth.user(Secret("EUplayer"))


def test_a_user_with_a_number_too_long_to_keep_is_refused():
    assert user_in(b'{"sub":"' + b"9" * 64 + b'"}').sub == "9" * 64
    with pytest.raises(BattleNetAnswerUnreadable):
        user_in(b'{"sub":"' + b"9" * 65 + b'"}')
