"""Battle.net's OAuth: authorize, token, userinfo.

Source: parameters, bodies and error texts as quoted by developers of sign-in libraries. Unverified: the bodies of
`invalid_grant` and `invalid_client`, refusal by `access_denied`, and that a code challenge is checked.
"""

from __future__ import annotations

import binascii
import hmac
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import unquote_plus, urlencode, urlsplit

from aiohttp import web

from battle_net_sandbox.answers import json_bytes
from battle_net_sandbox.guards import LOOPBACK_NAMES, Handler, with_faults
from battle_net_sandbox.locales import Json
from battle_net_sandbox.misbehaviour import Misbehaviour
from battle_net_sandbox.pages import account_chooser, refusal
from battle_net_sandbox.sandbox import Sandbox
from battle_net_sandbox.tokens import LIFETIME, NoToken
from battle_net_sandbox.world import Account

_CODE_LIFETIME: Final = 60  # virtual seconds
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class _Code:
    """An authorization code's promise; `ends` in virtual seconds since 1970."""

    account_id: str
    client_id: str
    redirect_uri: str
    scopes: tuple[str, ...]
    challenge: str | None
    nonce: str | None
    ends: float


class OAuth:
    """Handles `/oauth/*`. Not counted, not limited."""

    def __init__(self, sandbox: Sandbox, misbehaviour: Misbehaviour) -> None:
        self._sandbox = sandbox
        self._misbehaviour = misbehaviour
        self._codes: dict[str, _Code] = {}

    def add_to(self, app: web.Application) -> None:
        def faulty(handler: Handler) -> Handler:
            return with_faults(handler, self._sandbox, self._misbehaviour)

        app.router.add_get("/oauth/authorize", faulty(self.authorize))
        app.router.add_post("/oauth/token", faulty(self.token))
        app.router.add_get("/oauth/userinfo", faulty(self.userinfo))
        app.router.add_get("/oauth/.well-known/openid-configuration", faulty(self.discovery))

    async def authorize(self, request: web.Request) -> web.Response:
        """Let the player choose an account, or go back at once with `prompt=none&login_hint=...`."""
        query = request.query
        if query.get("client_id") != self._sandbox.settings.client_id:
            return refusal("Bad client credentials", 401)
        redirect_uri = query.get("redirect_uri", "")
        if not _may_redirect_to(redirect_uri):
            return refusal("The redirect_uri parameter must be a valid URI", 400)
        state = query.get("state")
        if not state:
            return refusal("The state parameter must be provided", 400)
        if query.get("response_type") != "code":
            asked = query.get("response_type", "")
            return _back_with_error(
                redirect_uri, state, "unsupported_response_type", f"Unsupported response types: [{asked}]"
            )
        challenge = query.get("code_challenge")
        if challenge and query.get("code_challenge_method") != "S256":
            return _back_with_error(redirect_uri, state, "invalid_request", "code_challenge_method must be S256")
        if query.get("prompt") == "none":
            return self._answer_at_once(request, redirect_uri, state)
        return self._chooser(request)

    def _answer_at_once(self, request: web.Request, redirect_uri: str, state: str) -> web.Response:
        query = request.query
        if query.get("decision") == "refuse":
            return _back_with_error(redirect_uri, state, "access_denied", "The resource owner denied the request")
        account = self._sandbox.world.account(query.get("login_hint", ""))
        if account is None:
            return _back_with_error(redirect_uri, state, "login_required", "Nobody is signed in")
        code = f"US{secrets.token_hex(16)}"
        now = self._sandbox.clock.now()
        self._codes = {each: promise for each, promise in self._codes.items() if promise.ends > now}
        self._codes[code] = _Code(
            account_id=account.id,
            client_id=query["client_id"],
            redirect_uri=redirect_uri,
            scopes=tuple(query.get("scope", "").split()),
            challenge=query.get("code_challenge"),
            nonce=query.get("nonce"),
            ends=now + _CODE_LIFETIME,
        )
        return _back(redirect_uri, {"code": code, "state": state})

    def _chooser(self, request: web.Request) -> web.Response:
        query = request.query

        def href(**more: str) -> str:
            return "/oauth/authorize?" + urlencode({**query, "prompt": "none", **more})

        accounts = [(account, href(login_hint=account.id)) for account in self._sandbox.world.accounts]
        return account_chooser(
            accounts,
            href(decision="refuse"),
            asked_by=f"The site at {urlsplit(query['redirect_uri']).netloc}",
            scopes=query.get("scope", "").split(),
            hint=query.get("login_hint"),
        )

    async def token(self, request: web.Request) -> web.Response:
        """Trade a code, or the client's own credentials, for an access token."""
        form = {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        client_id = self._client(request, form)
        if client_id is None:
            return _refuse(401, "invalid_client", "Bad client credentials")
        match form.get("grant_type"):
            case "client_credentials":
                return self._app_token(client_id)
            case "authorization_code":
                return self._user_token(request, client_id, form)
            case None:
                return _refuse(400, "invalid_request", "Missing grant type")
            case other:
                return _refuse(400, "unsupported_grant_type", f"Unsupported grant type: {other}")

    def _client(self, request: web.Request, form: Mapping[str, str]) -> str | None:
        given = _basic(request.headers.get("Authorization")) or (
            form.get("client_id", ""),
            form.get("client_secret", ""),
        )
        settings = self._sandbox.settings
        expected = (settings.client_id, settings.client_secret)
        same = [hmac.compare_digest(a.encode(), b.encode()) for a, b in zip(given, expected, strict=True)]
        return settings.client_id if all(same) else None

    def _app_token(self, client_id: str) -> web.Response:
        token = self._sandbox.tokens.issue("app", client_id, now=self._sandbox.clock.now())
        return _json({"access_token": token, "token_type": "bearer", "expires_in": LIFETIME, "sub": client_id})

    def _user_token(self, request: web.Request, client_id: str, form: Mapping[str, str]) -> web.Response:
        now = self._sandbox.clock.now()
        code = form.get("code", "")
        promise = self._codes.pop(code, None)
        account = self._sandbox.world.account(promise.account_id) if promise else None
        if promise is None or account is None or promise.ends <= now or promise.client_id != client_id:
            return _refuse(400, "invalid_grant", f"Invalid authorization code: {code}")
        if form.get("redirect_uri") != promise.redirect_uri:
            return _refuse(400, "invalid_grant", "Redirect URI mismatch.")
        if promise.challenge and _challenge_of(form.get("code_verifier", "")) != promise.challenge:
            return _refuse(400, "invalid_grant", "Invalid code verifier")
        token = self._sandbox.tokens.issue("user", client_id, now=now, account_id=account.id, scopes=promise.scopes)
        answer: dict[str, Json] = {
            "access_token": token,
            "token_type": "bearer",
            "expires_in": LIFETIME,
            "scope": " ".join(promise.scopes),
            "sub": str(account.number),
        }
        if "openid" in promise.scopes:
            answer["id_token"] = self._id_token(request, account, promise, now)
        return _json(answer)

    def _id_token(self, request: web.Request, account: Account, promise: _Code, now: float) -> str:
        claims: dict[str, Json] = {
            "iss": _issuer(request),
            "sub": str(account.number),
            "aud": promise.client_id,
            "iat": int(now),
            "exp": int(now) + LIFETIME,
            "battle_tag": account.battletag,
        }
        if promise.nonce:
            claims["nonce"] = promise.nonce
        signed = f"{_base64({'alg': 'HS256', 'typ': 'JWT'})}.{_base64(claims)}"
        key = self._sandbox.settings.client_secret.encode()
        signature = hmac.digest(key, signed.encode(), "sha256")
        return f"{signed}.{urlsafe_b64encode(signature).decode().rstrip('=')}"

    async def userinfo(self, request: web.Request) -> web.Response:
        """Who the token's player is."""
        header = request.headers.get("Authorization")
        token = self._sandbox.tokens.read(header, self._sandbox.clock.now())
        if isinstance(token, NoToken):
            given = (header or "").removeprefix("Bearer ")
            return _refuse(401, "invalid_token", f"Invalid access token: {given}")
        if token.kind != "user":
            return _refuse(403, "access_denied", "Access is denied")
        account = self._sandbox.world.account(token.account_id)
        if account is None:
            return _refuse(401, "invalid_token", "Invalid access token: its account is closed")
        return _json({"sub": str(account.number), "id": account.number, "battletag": account.battletag})

    async def discovery(self, request: web.Request) -> web.Response:
        """Where the parts of this OAuth are."""
        issuer = _issuer(request)
        return _json(
            {
                "issuer": issuer,
                "authorization_endpoint": f"{issuer}/authorize",
                "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/userinfo",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["HS256"],
                "code_challenge_methods_supported": ["S256"],
            }
        )


def _may_redirect_to(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        port = parts.port
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and parts.hostname in LOOPBACK_NAMES and not parts.fragment and port != 0


def _back(redirect_uri: str, parameters: Mapping[str, str]) -> web.Response:
    sign = "&" if urlsplit(redirect_uri).query else "?"
    headers = {"Location": f"{redirect_uri}{sign}{urlencode(parameters)}", "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)


def _back_with_error(redirect_uri: str, state: str, error: str, description: str) -> web.Response:
    return _back(redirect_uri, {"error": error, "error_description": description, "state": state})


def _basic(header: str | None) -> tuple[str, str] | None:
    if header is None or not header.lower().startswith("basic "):
        return None
    try:
        client_id, _, secret = b64decode(header[6:], validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def _challenge_of(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def _issuer(request: web.Request) -> str:
    return f"{request.scheme}://{request.host}/oauth"


def _base64(value: Json) -> str:
    return urlsafe_b64encode(json_bytes(value)).decode().rstrip("=")


def _json(value: Json, status: int = 200) -> web.Response:
    headers = {"Cache-Control": "no-store"}
    return web.Response(body=json_bytes(value), content_type=_JSON, charset="utf-8", status=status, headers=headers)


def _refuse(status: int, error: str, description: str) -> web.Response:
    return _json({"error": error, "error_description": description}, status)
