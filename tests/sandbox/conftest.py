"""A running sandbox, and players who sign in to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import aiohttp
import pytest
from yarl import URL

from battle_net_sandbox.server import RunningSandbox, SandboxSettings, running_sandbox

REDIRECT = "http://127.0.0.1:8000/auth/battle-net/callback"


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer, read to its end."""

    status: int
    headers: Any
    body: bytes
    json: Any = field(default=None)


@dataclass(frozen=True, slots=True)
class Client:
    """Speaks to one sandbox; `token` and `namespace` go with every API call."""

    sandbox: RunningSandbox
    session: aiohttp.ClientSession
    token: str | None = None

    async def send(self, method: str, url: str, **options: Any) -> Answered:
        async with self.session.request(method, URL(url, encoded=True), allow_redirects=False, **options) as response:
            body = await response.read()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Answered(
                response.status, response.headers, body, await response.json() if is_json and body else None
            )

    async def api(
        self, region: str, path: str, namespace: str | None = None, *, headers: dict[str, str] | None = None
    ) -> Answered:
        sent = dict(headers or {})
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        if namespace is not None:
            sent["Battlenet-Namespace"] = namespace
        return await self.send("GET", self.sandbox.api_url.replace("{region}", region) + path, headers=sent)

    async def account(self, region: str, namespace: str, locale: str | None = "en_GB") -> Answered:
        return await self.api(region, "/profile/user/wow" + (f"?locale={locale}" if locale else ""), namespace)

    async def character(
        self, region: str, namespace: str, realm: str, name: str, endpoint: str = "", locale: str = "en_GB"
    ) -> Answered:
        path = f"/profile/wow/character/{quote(realm)}/{quote(name.lower())}{endpoint}?locale={locale}"
        return await self.api(region, path, namespace)

    async def control(self, method: str, path: str, body: Any = None) -> Answered:
        options = {} if body is None else {"json": body}
        return await self.send(method, f"{self.sandbox.url}/sandbox/{path}", **options)

    async def authorize(self, **changes: str | None) -> Answered:
        asked: dict[str, str | None] = {
            "client_id": "sandbox",
            "redirect_uri": REDIRECT,
            "response_type": "code",
            "scope": "openid wow.profile",
            "state": "s t/a+te",
            **changes,
        }
        query = "&".join(f"{key}={quote(value, safe='')}" for key, value in asked.items() if value is not None)
        return await self.send("GET", f"{self.sandbox.oauth_url}/authorize?{query}")

    async def code_for(self, account: str, **changes: str | None) -> str:
        back = await self.authorize(prompt="none", login_hint=account, **changes)
        return parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]

    async def token_answer(self, secret: str = "sandbox", **form: str) -> Answered:
        headers = {"Authorization": aiohttp.encode_basic_auth("sandbox", secret)}
        return await self.send("POST", f"{self.sandbox.oauth_url}/token", data=form, headers=headers)

    async def as_player(self, account: str, **changes: str | None) -> Client:
        code = await self.code_for(account, **changes)
        answer = await self.token_answer(grant_type="authorization_code", code=code, redirect_uri=REDIRECT)
        return Client(self.sandbox, self.session, answer.json["access_token"])

    async def as_app(self) -> Client:
        answer = await self.token_answer(grant_type="client_credentials")
        return Client(self.sandbox, self.session, answer.json["access_token"])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def client(session: aiohttp.ClientSession) -> AsyncIterator[Client]:
    """Nobody yet; a sandbox without the limit of requests."""
    async with running_sandbox(SandboxSettings(requests_per_second=0)) as sandbox:
        yield Client(sandbox, session)


@pytest.fixture
def as_player(client: Client) -> Callable[..., Awaitable[Client]]:
    return client.as_player


@pytest.fixture
async def app_client(client: Client) -> Client:
    return await client.as_app()


@pytest.fixture
def client_type() -> type[Client]:
    """For tests that run a sandbox of their own."""
    return Client
