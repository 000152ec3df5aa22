"""A whole service in this process: the real app on a real port, the real sandbox beside it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import socketio

from battle_net_sandbox.server import running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from character_sync.adapters.battle_net.pictures import BATTLE_NETS_OWN
from character_sync.adapters.database.token_vault import generate_key
from character_sync.bootstrap import Parts, build_service, build_worker, open_parts, utc_now
from character_sync.entrypoints.character_sync_gateway import CharacterSyncGateway
from character_sync.entrypoints.server import listen, serve
from character_sync.ports import Clock
from character_sync.settings import Settings
from character_sync.tracing import Untraced
from support.declared_problems import DeclaredProblems
from support.held_back import LONGER_THAN_ANY_TEST
from support.migrated import migrated_sqlite

PATIENCE_SECONDS = 60  # for a connection; the client's own single second is short on a busy machine
TERMINAL = {"sync-complete", "sync-error"}


class SettingsForTests(Settings):
    """The service's settings, untouched by the environment and `.env` of whoever runs the tests."""

    @classmethod
    def settings_customise_sources(cls, _settings_cls: Any, init_settings: Any, **_others: Any) -> Any:
        return (init_settings,)


@dataclass
class RunningService:
    """`url` is the service's address, `sandbox` the Battle.net it talks to."""

    url: str
    sandbox: Any
    parts: Parts
    settings: Settings
    gateway: CharacterSyncGateway

    @asynccontextmanager
    async def player(self, account: str) -> AsyncIterator["Player"]:
        """A browser that has signed in as a sandbox account."""
        async with aiohttp.ClientSession(self.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            player = Player(self, browser)
            await player.sign_in(account)
            yield player

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the sandbox's control API."""
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox.url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type == "application/json" else None


class Player:
    """Somebody who uses the service through a browser and a token of their own."""

    def __init__(self, service: RunningService, browser: aiohttp.ClientSession) -> None:
        self.service = service
        self.browser = browser
        self.token = ""

    async def sign_in(self, account: str) -> None:
        parameters = {"login_hint": account, "prompt": "none", "returnTo": "/api/v1/me"}
        async with self.browser.get("/auth/battle-net/login", params=parameters) as response:
            assert response.status == 200, await response.text()
            self.me = await response.json()
        if not self.token:
            self.token = (await self.post("/api/v1/me/tokens", {"name": "test"}, expect=201))["token"]

    async def get(self, path: str, *, expect: int = 200, **parameters: str) -> Any:
        async with self.browser.get(path, params=parameters) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json()

    async def post(self, path: str, body: Any = None, *, expect: int = 202) -> Any:
        async with self.browser.post(path, json=body) as response:
            assert response.status == expect, (response.status, await response.text())
            return await response.json() if response.content_type.endswith("json") else None

    async def start_sync(self, game_version: str = "retail", region: str = "us", *, expect: int = 202) -> Any:
        return await self.post(
            "/api/v1/characters/sync", {"gameVersion": game_version, "region": region}, expect=expect
        )

    async def sync(self, game_version: str = "retail", region: str = "us") -> Any:
        """Sync to the end and return the snapshot."""
        started = await self.start_sync(game_version, region)
        return await self.finished(started["sessionId"])

    async def finished(self, session_id: str) -> Any:
        """Watch a sync session to its end and return its snapshot."""
        async with self.watching(session_id) as watch:
            await watch.end()
        return await self.get(f"/api/v1/sync-sessions/{session_id}")

    async def characters(self, **parameters: str) -> list[Any]:
        return (await self.get("/api/v1/characters", limit="200", **parameters))["items"]

    @asynccontextmanager
    async def socket(self) -> AsyncIterator["Watch"]:
        """A stock Socket.IO client, connected with the player's token."""
        watch = Watch()
        await connect(watch.client, self.service.url, auth={"token": self.token})
        try:
            yield watch
        finally:
            await watch.client.disconnect()

    @asynccontextmanager
    async def watching(self, session_id: str) -> AsyncIterator["Watch"]:
        async with self.socket() as watch:
            watch.ack = await watch.join(session_id)
            assert watch.ack["ok"], watch.ack
            yield watch


async def connect(client: socketio.AsyncClient, url: str, **how: Any) -> None:
    """Connect patiently, so that whoever is turned away was turned away. Raises socketio's ConnectionError."""
    await client.connect(url, transports=["websocket"], wait_timeout=PATIENCE_SECONDS, **how)


class Watch:
    """What one socket was told, in order."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.ack: Any = None
        self._news = asyncio.Event()
        for name in ("sync-progress", *TERMINAL):
            self.client.on(name, self._recorder(name))

    def _recorder(self, name: str) -> Any:
        async def record(message: dict[str, Any]) -> None:
            self.events.append((name, message))
            self._news.set()

        return record

    async def join(self, session_id: object) -> Any:
        return await self.client.call("join-session", session_id)

    async def until(self, holds: Any) -> None:
        """Wait until `holds(self)`; the test's own time limit bounds it."""
        while not holds(self):
            self._news.clear()
            await self._news.wait()

    async def end(self) -> dict[str, Any]:
        """Wait for the last event and return it."""
        await self.until(lambda watch: any(name in TERMINAL for name, _ in watch.events))
        return self.events[-1][1]


@asynccontextmanager
async def running_service(
    folder: Path,
    *,
    clock: Clock = utc_now,
    monotonic: Callable[[], float] = time.monotonic,
    sandbox: SandboxSettings | None = None,
    works: bool = True,
    tracing: Untraced | None = None,
    **overrides: Any,
) -> AsyncIterator[RunningService]:
    """Run service, worker (unless `works` is False) and sandbox; everything is gone afterwards."""
    stop = asyncio.Event()
    ready = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with running_sandbox(sandbox) as battle_net:
            settings = SettingsForTests(
                **{
                    "data_dir": folder,
                    "public_url": url,
                    "battle_net_client_id": "sandbox",
                    "battle_net_client_secret": "sandbox",
                    "battle_net_oauth_url": battle_net.oauth_url,
                    "battle_net_api_url": battle_net.api_url,
                    "avatar_origins": (*BATTLE_NETS_OWN, battle_net.url),
                    "encryption_keys": generate_key(),
                    "enrichment_backoff_seconds": 0.01,
                    # What hangs does so until the test is over, and does not end by itself on a slow machine.
                    "request_timeout_seconds": LONGER_THAN_ANY_TEST,
                }
                | overrides
            )
            database = settings.data_dir / "character-sync.db"
            if not settings.database_url and not database.exists():
                await migrated_sqlite(database)
            async with open_parts(settings, clock, tracing) as parts:
                service = build_service(parts, monotonic=monotonic)
                asgi = DeclaredProblems(service.asgi)
                serving = asyncio.create_task(serve(asgi, listener, ready=ready.set, stop=stop))
                await ready.wait()
                try:
                    running = RunningService(url, battle_net, parts, settings, service.gateway)
                    if works:
                        async with build_worker(parts).running():
                            yield running
                    else:
                        yield running
                finally:
                    await service.gateway.close()
                    stop.set()
                    await serving
                assert not asgi.undeclared, f"the OpenAPI document does not say so: {sorted(asgi.undeclared)}"
