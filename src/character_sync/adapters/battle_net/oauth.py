"""Signing in with Battle.net, and our own token."""

import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

import aiohttp
import structlog
from yarl import URL

from character_sync.adapters.battle_net import json_shapes as shapes
from character_sync.adapters.battle_net.responses import Verdict, judge
from character_sync.adapters.battle_net.text import clean
from character_sync.adapters.battle_net.transport import HttpAnswer, exchange
from character_sync.domain.errors import (
    BattleNetAnswerUnreadable,
    BattleNetCredentialsRefused,
    BattleNetTokenInvalid,
    BattleNetUnavailable,
    SignInFailed,
)
from character_sync.ports import BattleNetUser, Clock, Grant, Secret

SCOPES: Final = ("openid", "wow.profile")
TOKEN: Final = re.compile(r"[\x21-\x7e]{1,4096}")  # what a header can carry; theirs have 34 characters
LONGEST_SUB: Final = 64  # characters, as long as its column; theirs have about ten
_PASSED_ON: Final = ("login_hint", "prompt")

_USUAL_LIFE: Final = 86_399  # seconds; what Battle.net has always said, for an answer that does not say
_LONGEST_LIFE: Final = 30 * 86_400  # seconds; more would be their mistake, and past what a calendar can add

_TOKEN = shapes.ShapeReader(shapes.OAuthToken)
_USER = shapes.ShapeReader(shapes.UserInfo)
_log = structlog.get_logger()


class BattleNetOAuth:
    """Implements BattleNetSignIn. Its requests are outside the API's limits and do not wait for the budget.

    Source: https://develop.battle.net/documentation/guides/using-oauth
    """

    def __init__(
        self, http: aiohttp.ClientSession, *, oauth_url: str, client_id: str, client_secret: Secret, clock: Clock
    ) -> None:
        self._http = http
        self._oauth_url = oauth_url.rstrip("/")
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock

    def authorize_url(self, *, state: Secret, redirect_uri: str, passed_on: dict[str, str]) -> Secret:
        """Return the address to send the player to; without `state` Battle.net answers it with a 400.

        Args:
            passed_on: `login_hint` and `prompt`; anything else in it is not sent.
        """
        query = {
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "state": state.reveal(),
        }
        query |= {name: passed_on[name] for name in _PASSED_ON if name in passed_on}
        return Secret(f"{self._oauth_url}/authorize?{urlencode(query)}")

    async def exchange(self, *, code: Secret, redirect_uri: str) -> Grant:
        """Turn an authorization code into a token.

        Raises:
            SignInFailed: the code was refused: wrong, used or old.
            BattleNetCredentialsRefused: our client id or secret was refused.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
        """
        form = {"grant_type": "authorization_code", "code": code.reveal(), "redirect_uri": redirect_uri}
        answer = await _token_answer(self._http, self._oauth_url, self._client_id, self._client_secret, form)
        if _is_refusal(answer, self._clock):
            if answer.status == HTTPStatus.UNAUTHORIZED and b"invalid_grant" not in answer.body:
                raise BattleNetCredentialsRefused
            raise SignInFailed
        return _grant(answer, self._clock)

    async def user(self, token: Secret) -> BattleNetUser:
        """Return who the token belongs to: by `sub`, else by `id`, which is the same number.

        Raises:
            BattleNetTokenInvalid: the token was refused.
            BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
        """
        headers = {"Authorization": f"Bearer {token.reveal()}"}
        answer = await exchange(self._http, "GET", URL(f"{self._oauth_url}/userinfo", encoded=True), headers=headers)
        if _is_refusal(answer, self._clock):
            raise BattleNetTokenInvalid
        return user_in(answer.body)


def user_in(body: bytes) -> BattleNetUser:
    """Return the user that an answer of `userinfo` tells. Raises BattleNetAnswerUnreadable: it tells none."""
    told = _USER.read(body)
    sub = clean(told.sub) or (str(told.id) if told.id is not None else None)
    if sub is None or len(sub) > LONGEST_SUB:  # cut, it could be another's
        raise BattleNetAnswerUnreadable
    return BattleNetUser(sub=sub, battletag=clean(told.battletag))


async def app_token(
    http: aiohttp.ClientSession, oauth_url: str, client_id: str, client_secret: Secret, clock: Clock
) -> Grant:
    """Return a token of our own, for everything that needs no player's consent.

    Raises:
        BattleNetCredentialsRefused: our client id or secret was refused.
        BattleNetUnavailable, BattleNetRateLimited, BattleNetAnswerUnreadable.
    """
    form = {"grant_type": "client_credentials"}
    answer = await _token_answer(http, oauth_url.rstrip("/"), client_id, client_secret, form)
    if _is_refusal(answer, clock):
        raise BattleNetCredentialsRefused
    return _grant(answer, clock)


async def _token_answer(
    http: aiohttp.ClientSession, oauth_url: str, client_id: str, client_secret: Secret, form: Mapping[str, str]
) -> HttpAnswer:
    basic = aiohttp.encode_basic_auth(client_id, client_secret.reveal(), encoding="utf-8")
    url = URL(f"{oauth_url}/token", encoded=True)
    return await exchange(http, "POST", url, headers={"Authorization": basic}, form=form)


def _is_refusal(answer: HttpAnswer, clock: Clock) -> bool:
    """Whether Battle.net read our request and said no. OAuth says it with 400 too, and with `error` in the body.

    Raises:
        BattleNetUnavailable, BattleNetRateLimited.
    """
    try:
        verdict = judge(answer.status, answer.headers, answer.body, now=clock())
    except BattleNetAnswerUnreadable:
        verdict = None  # 400 and its kin
    if verdict is Verdict.NOT_MODIFIED or verdict is Verdict.NOT_FOUND:
        raise BattleNetUnavailable  # not the endpoint we know
    if verdict is not Verdict.OK:
        _log.warning("battle_net_oauth_refused", status=answer.status)
    return verdict is not Verdict.OK


def _grant(answer: HttpAnswer, clock: Clock) -> Grant:
    told = _TOKEN.read(answer.body)
    if told.access_token is None or not TOKEN.fullmatch(told.access_token.reveal()):
        raise BattleNetAnswerUnreadable
    life = min(told.expires_in if told.expires_in is not None else _USUAL_LIFE, _LONGEST_LIFE)
    # Left out, the scope is the one asked for (RFC 6749, 5.1).
    scope = SCOPES if told.scope is None else told.scope.split() if isinstance(told.scope, str) else told.scope
    return Grant(told.access_token, clock() + timedelta(seconds=life), frozenset(SCOPES).intersection(scope))
