"""What all parts share: servers, a sandbox in a process of its own, and sites of the service on either database."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.measure import cpu_seconds_of_family
from chaos.crowd import SandboxProcess, sandbox_process
from chaos.processes import Starter
from chaos.site import Site, site_of
from support.postgresql_server import PostgreSQLServer
from support.redis_server import RedisServer

SQLITE: Final = "SQLite, one process"
SHARED: Final = "PostgreSQL and Redis, `serve` and `worker`"
BACKENDS: Final = (SQLITE, SHARED)

# For a site whose own work is measured, and not the pace it keeps towards Battle.net.
UNPACED: Final = {"REQUESTS_PER_SECOND": "0", "REQUESTS_PER_HOUR": "0"}

# Everybody comes from one address; upkeep that asks Battle.net for something else waits until the run is over.
SETTINGS: Final = {
    "STRANGERS_PER_ADDRESS": "100000",
    "SOCKETS_PER_USER": "100000",
    "IDENTITY_SECONDS": "100000",
    "LEASE_SECONDS": "30",
    "HEARTBEAT_SECONDS": "10",
    "RECONCILE_SECONDS": "5",
    "ENRICHMENT_BACKOFF_SECONDS": "1",
}


@dataclass(frozen=True)
class Sizes:
    """How much of everything; a test makes it small."""

    backends: tuple[str, ...] = BACKENDS
    runs: int = 5
    accounts: int = 4
    characters: int = 60
    wall_clock: tuple[int, ...] = (1, 6, 60, 600)
    posts: int = 200
    watchers: int = 1_000
    idle: int = 10_000
    sends: int = 30_000
    crowds: tuple[int, ...] = (1, 10, 100, 1_000)
    crowd_characters: int = 6
    rows: int = 1_000_000
    syncs: int = 20
    reads: int = 200
    profile_seconds: int = 8


SMALL: Final = Sizes(
    backends=(SHARED,),
    runs=1,
    accounts=1,
    characters=3,
    wall_clock=(1,),
    posts=2,
    watchers=20,
    idle=20,
    sends=40,
    crowds=(2,),
    crowd_characters=2,
    rows=1_000,
    syncs=2,
    reads=3,
    profile_seconds=1,
)
"""Enough to see that every part runs; its figures mean nothing."""


@dataclass
class Grounds:
    folder: Path
    starter: Starter
    postgresql: PostgreSQLServer
    redis: RedisServer
    sizes: Sizes
    say: Callable[[str], None]

    def __post_init__(self) -> None:
        self._numbers = count()

    @asynccontextmanager
    async def sandbox(self, *, latency_ms: int = 0, per_second: int = 0) -> AsyncIterator[SandboxProcess]:
        """A sandbox in a process of its own; 0 is no delay and no limit."""
        async with sandbox_process(self.starter, self.folder / f"sandbox-{next(self._numbers)}") as sandbox:
            await _pace(sandbox, latency_ms, per_second)
            yield sandbox

    @asynccontextmanager
    async def site(
        self, backend: str, sandbox: SandboxProcess, *, works: bool = True, **settings: str
    ) -> AsyncIterator[Site]:
        """A service that is ready, on new rows."""
        about: dict[str, Any] = {"settings": {**SETTINGS, **settings}}
        name = f"site-{next(self._numbers)}"
        if backend == SQLITE:
            async with site_of(self.folder / name, sandbox, self.starter, **about) as site:
                await site.serve()
                yield site
            return
        database = await self.postgresql.databases.create()
        self.redis.empty()
        about |= {"database_url": self.postgresql.databases.url(database), "queue_url": self.redis.url}
        try:
            async with site_of(self.folder / name, sandbox, self.starter, **about) as site:
                await site.serve()
                if works:
                    await site.work()
                yield site
        finally:
            await self.postgresql.databases.drop(database)

    def servers_cpu(self) -> float:
        """Return the processor time of PostgreSQL and Redis up to now."""
        return cpu_seconds_of_family(self.postgresql.pid) + cpu_seconds_of_family(self.redis.pid)


def pids(site: Site) -> list[int]:
    return [running.pid for running in site.processes.values() if running.is_alive]


async def _pace(sandbox: SandboxProcess, latency_ms: int, per_second: int) -> None:

    body = {"latencyMs": latency_ms, "requestsPerSecond": per_second}
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{sandbox.url}/sandbox/settings", json=body) as answer,
    ):
        assert answer.status == 200, await answer.text()
