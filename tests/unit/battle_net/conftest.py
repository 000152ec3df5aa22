"""A Battle.net on this machine's loopback that answers what a test tells it to."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from character_sync.adapters.battle_net.adapter import BattleNetAdapter
from character_sync.adapters.battle_net.circuits import Circuits
from character_sync.adapters.battle_net.client import BattleNetClient, http_session
from character_sync.adapters.battle_net.oauth import BattleNetOAuth
from character_sync.adapters.battle_net.pictures import BATTLE_NETS_OWN, Pictures
from character_sync.domain.circuit import CircuitPolicy
from character_sync.domain.game import Realm, Region
from character_sync.ports import CharacterAddress, Lane, Secret, Turn

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class TestClock:
    __test__ = False

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class OpenBudget:
    """A budget that admits everyone and notes what it was told."""

    def __init__(self) -> None:
        self.admitted: list[Turn] = []
        self.departed = 0
        self.closed_for: list[timedelta | None] = []
        self.outcomes: list[str] = []

    async def admit(self, turn: Turn) -> None:
        self.admitted.append(turn)

    def sent(self) -> None:
        self.departed += 1

    def close_gate(self, asked: timedelta | None) -> None:
        self.closed_for.append(asked)

    def came_to(self, outcome: str) -> None:
        self.outcomes.append(outcome)


@dataclass
class Seen:
    method: str
    path: str  # as it came over the wire
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class FakeBattleNet:
    """Answers with `api` and `token` and `userinfo`; keeps every request."""

    api: Handler
    token: Handler
    userinfo: Handler
    seen: list[Seen] = field(default_factory=list)
    url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.seen.append(
            Seen(request.method, request.raw_path.partition("?")[0], dict(request.query), dict(request.headers), form)
        )
        if request.path == "/oauth/token":
            return await self.token(request)
        if request.path == "/oauth/userinfo":
            return await self.userinfo(request)
        return await self.api(request)

    @property
    def asked(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.path.startswith("/api/")]


def answer(status: int = 200, body: Any = None, **headers: str) -> Handler:
    """Return what always answers with this; a `body` that is no bytes is JSON."""

    async def handler(_: web.Request) -> web.StreamResponse:
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers={"Content-Type": "application/json", **told})
        return web.json_response(body, status=status, headers=told)

    return handler


def in_turn(*handlers: Handler) -> Handler:
    """Return what answers with each in turn, and with the last ever after."""
    left = list(handlers)

    async def handler(request: web.Request) -> web.StreamResponse:
        return await (left.pop(0) if len(left) > 1 else left[0])(request)

    return handler


TOKEN = {"access_token": "app-1", "token_type": "bearer", "expires_in": 86399, "sub": "client"}


@pytest.fixture
def say():
    return answer


@pytest.fixture
def say_in_turn():
    return in_turn


@pytest.fixture
async def battle_net():
    fake = FakeBattleNet(api=answer(404), token=answer(200, TOKEN), userinfo=answer(401))
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", fake.handle)
    async with TestServer(app, host="127.0.0.1") as server:
        fake.url = str(server.make_url("")).rstrip("/")
        yield fake


@pytest.fixture
def clock():
    return TestClock()


@pytest.fixture
def budget():
    return OpenBudget()


@pytest.fixture
async def http():
    async with http_session(timeout_seconds=5) as session:
        yield session


@pytest.fixture
def client(http, battle_net, budget, clock):
    return BattleNetClient(
        http,
        api_url=battle_net.url + "/api/{region}",
        oauth_url=battle_net.url + "/oauth",
        client_id="sandbox",
        client_secret=Secret("shh"),
        budget=budget,
        clock=clock,
        user_agent="character-sync/test (+https://example.org)",
    )


@pytest.fixture
def circuits(clock):
    return Circuits(CircuitPolicy(minimum=0), clock=clock, monotonic=time.monotonic, draw=lambda: 0.5)


@pytest.fixture
def adapter(client, circuits):
    return BattleNetAdapter(client, Pictures((*BATTLE_NETS_OWN, "http://127.0.0.1:8001")), circuits)


@pytest.fixture
def oauth(http, battle_net, clock):
    return BattleNetOAuth(
        http, oauth_url=battle_net.url + "/oauth", client_id="sandbox", client_secret=Secret("shh"), clock=clock
    )


@pytest.fixture
def turn():
    return Turn(Lane.FIRST_SYNC, "session")


@pytest.fixture
def address():
    return CharacterAddress(
        region=Region.EU,
        namespace_family="",
        realm=Realm(1615, "howling-fjord", None),
        name="Альвеоняша",
        battle_net_id=104612024,
    )
