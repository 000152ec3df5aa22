"""A site under chaos: a sandbox that stays, processes that come and go, clients, and the verdict in the end."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Protocol, cast

import aiohttp

from battle_net_sandbox.server import RunningSandbox, running_sandbox
from battle_net_sandbox.settings import SandboxSettings
from chaos.clients import Client
from chaos.history import FINAL, SESSIONS, History, Rows, Violation, check
from chaos.instruments import DEPARTURES
from chaos.processes import Running, Starter, until
from chaos.rows import Checked, checks, opened, read_rows
from character_sync.adapters.database.token_vault import generate_key
from character_sync.crash_points import VARIABLE
from support.ports import free_port
from support.service import Player, RunningService

LOOK_SECONDS = 0.05
LATENCY_MS = 20  # so that a sync lasts long enough to be hit in the middle
# Short, so that a take-over does not cost half a minute each time; one run in `make chaos` has the real 30 s.
QUICK = {"LEASE_SECONDS": "2", "HEARTBEAT_SECONDS": "0.6", "RECONCILE_SECONDS": "0.4"}


class Sandbox(Protocol):
    """Where a sandbox Battle.net listens, in this process or in one of its own."""

    @property
    def url(self) -> str: ...
    @property
    def oauth_url(self) -> str: ...
    @property
    def api_url(self) -> str: ...


@dataclass
class Site:
    """`settings` are the service's, without their prefix."""

    folder: Path
    sandbox: Sandbox
    starter: Starter
    database_url: str = ""
    queue_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    ports: list[int] = field(default_factory=lambda: [free_port()])
    processes: dict[str, Running] = field(default_factory=dict)
    history: History = field(default_factory=History)
    clients: list[Client] = field(default_factory=list)
    listed: dict[str, frozenset[int]] = field(default_factory=dict)
    key: str = field(default_factory=lambda: generate_key().reveal())
    departures: Path | None = None
    """Where the processes note when each request leaves for Battle.net, if they are to."""

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.folder / 'data' / 'character-sync.db'}"

    def url(self, number: int = 0) -> str:
        return f"http://127.0.0.1:{self.ports[number]}"

    def live_url(self) -> str:
        """Return the address of a server that lives, if one does."""
        alive = [n for n in range(len(self.ports)) if (p := self.processes.get(f"serve-{n}")) and p.is_alive]
        return self.url(alive[0] if alive else 0)

    def _environment(self, crash_at: str) -> dict[str, str]:
        settings = {
            "DATA_DIR": str(self.folder / "data"),
            "PUBLIC_URL": self.url(),
            "BATTLE_NET_CLIENT_ID": "sandbox",
            "BATTLE_NET_CLIENT_SECRET": "sandbox",
            "BATTLE_NET_OAUTH_URL": self.sandbox.oauth_url,
            "BATTLE_NET_API_URL": self.sandbox.api_url,
            "ENCRYPTION_KEYS": self.key,
            "REQUESTS_PER_SECOND": "0",  # many services ask one sandbox here; the pace has tests of its own
            "REQUESTS_PER_HOUR": "0",
            "REQUESTS_PER_USER": "0",  # few players on one address do what many do elsewhere
            "REQUESTS_PER_ADDRESS": "0",
            "SIGN_INS_PER_ADDRESS": "0",
            "ENRICHMENT_BACKOFF_SECONDS": "0.05",
            "LOG_FORMAT": "json",
        } | ({"DATABASE_URL": self.database_url} if self.database_url else {})
        if self.queue_url:
            settings["QUEUE_URL"] = self.queue_url
        environment = {f"CHARACTER_SYNC_{name}": value for name, value in (settings | self.settings).items()}
        environment["PATH"] = os.environ.get("PATH", "")
        environment |= {DEPARTURES: str(self.departures)} if self.departures else {}
        return environment | ({VARIABLE: crash_at} if crash_at else {})

    async def serve(self, number: int = 0, *, crash_at: str = "", bug: str = "", ready: bool = True) -> Running:
        arguments = ("serve", "--port", str(self.ports[number]))
        return await self._start(f"serve-{number}", arguments, crash_at, bug, ready=ready)

    async def work(self, number: int = 0, *, crash_at: str = "", bug: str = "", ready: bool = True) -> Running:
        return await self._start(f"worker-{number}", ("worker",), crash_at, bug, ready=ready)

    async def _start(self, name: str, arguments: tuple[str, ...], crash_at: str, bug: str, *, ready: bool) -> Running:
        log = self.folder / f"{name}.log"
        running = await self.starter.start(name, arguments, self._environment(crash_at), log, bug)
        self.processes[name] = running
        if ready:
            await running.ready()
        return running

    async def kill_all(self) -> None:
        for running in self.processes.values():
            await running.kill()

    def logged(self, event: str) -> int:
        """Return how often the processes logged an event, in all their lives."""
        return sum(log.read_text("utf-8", errors="replace").count(f'"{event}"') for log in self.folder.glob("*.log"))

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        async with (
            aiohttp.ClientSession() as client,
            client.request(method, f"{self.sandbox.url}/sandbox/{path}", json=body) as response,
        ):
            assert response.status < 300, await response.text()
            return await response.json() if response.content_type == "application/json" else None

    async def metric(self, name: str, number: int = 0) -> float:
        """Return what a server says of itself."""
        async with aiohttp.ClientSession() as client, client.get(f"{self.url(number)}/metrics") as response:
            lines = (await response.text()).splitlines()
        [line] = [line for line in lines if line.startswith(f"character_sync_{name} ")]
        return float(line.rpartition(" ")[2])

    async def player(self, account: str, characters: int) -> Client:
        """A player whose account has so many characters, signed in, with a program that notes everything."""
        made = await self.control(
            "POST",
            "accounts",
            {"id": account, "gameVersion": "retail", "region": "eu", "characters": characters, "seed": len(account)},
        )
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(self.url(), cookie_jar=jar) as browser:
            service = cast("RunningService", SimpleNamespace(url=self.url()))
            player = Player(service, browser)
            await player.sign_in(account)
        client = Client(account, player.token, self.live_url, self.history)
        client.user_id = str(player.me["id"])
        self.listed[client.user_id] = frozenset(c["battleNetId"] for c in made["characters"])
        self.clients.append(client)
        return client

    def forget(self, client: Client) -> None:
        """Judge no longer what a client saw, who is erased."""
        history = self.history
        history.answers = [answer for answer in history.answers if answer.client != client.name]
        history.told = [told for told in history.told if not told.client.startswith(f"{client.name}/")]
        history.watching = [one for one in history.watching if not one[0].startswith(f"{client.name}/")]
        del self.listed[client.user_id]

    async def rows(self) -> Rows:
        async with opened(self.database) as database:
            return await read_rows(database)

    async def checks(self) -> list[Checked]:
        async with opened(self.database) as database:
            return await checks(database)

    async def checks_when(self, holds: Callable[[list[Checked]], bool], *, within: float) -> None:
        """Wait until the characters are checked as they should be. Raises TimeoutError."""
        left = await self.checks()
        async with asyncio.timeout(within):
            while not holds(left):
                await asyncio.sleep(LOOK_SECONDS)
                left = await self.checks()

    async def rows_when(self, holds: Callable[[Rows], Any], *, within: float, what: str) -> Rows:
        """Return the rows once they are as they should be. Raises TimeoutError."""
        rows = await self.rows()
        async with asyncio.timeout(within):
            while not holds(rows):
                await asyncio.sleep(LOOK_SECONDS)
                rows = await self.rows()
        assert holds(rows), what
        return rows

    async def settled(self, *, within: float) -> Rows:
        """Return the rows once every sync session is over, or as they are when the time is up."""
        try:
            return await self.rows_when(
                lambda rows: rows.sessions and all(row.status in FINAL for row in rows.sessions),
                within=within,
                what="every sync session over",
            )
        except TimeoutError:
            return await self.rows()

    async def verdict(self, *, within: float = 60.0) -> list[Violation]:
        """Wait for every sync session, have every one read by its owner, and judge."""
        rows = await self.settled(within=within)
        by_user = {client.user_id: client for client in self.clients}
        for row in rows.sessions:
            if row.user_id in by_user:
                await by_user[row.user_id].ask("GET", SESSIONS + row.id)
        return check(self.history, rows, self.listed)


def quick_sandbox() -> AbstractAsyncContextManager[RunningSandbox]:
    """A sandbox; one of its own for each site that has answers held back."""
    return running_sandbox(SandboxSettings(latency_ms=LATENCY_MS, requests_per_second=0))


@asynccontextmanager
async def site_of(
    folder: Path, sandbox: Sandbox, starter: Starter, *, servers: int = 1, **about: Any
) -> AsyncIterator[Site]:
    """A site without processes yet; whatever it starts is killed when the block ends."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - one folder, made once
    site = Site(folder, sandbox, starter, ports=[free_port() for _ in range(servers)], **about)
    try:
        yield site
    finally:
        for client in site.clients:
            await client.close()
        await site.kill_all()


@asynccontextmanager
async def watched(*watches: Any) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Watches that go on beside the block."""
    tasks = [asyncio.ensure_future(watch) for watch in watches]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


__all__ = ["QUICK", "Site", "quick_sandbox", "site_of", "until", "watched"]
