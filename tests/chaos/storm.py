"""A storm: while players sync without pause, a random process is killed at a random time and started again."""

import asyncio
import random
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from chaos.clients import Client
from chaos.history import FINAL, SessionRow, Violation
from chaos.processes import until
from chaos.rows import opened, read_sessions
from chaos.site import Site, watched
from character_sync.domain.errors import DatabaseUnavailable

LOOK_SECONDS: Final = 0.1
SETTLES_WITHIN_SECONDS: Final = 120.0
REVIVALS_AT_ONCE: Final = 2  # or nobody is left to be killed
LATEST_REVIVAL: Final = 5.0  # seconds after its death, as whatever watches over processes would


@dataclass
class Storm:
    """What happened. `moved_again` is in seconds, from the last sign of a run that died to the first of the next."""

    seed: int
    kills: int = 0
    sessions: int = 0
    characters: int = 0
    gave_up: int = 0
    moved_again: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    clients_events: int = 0


async def rage(
    site: Site,
    players: Iterable[Client],
    *,
    kills: int,
    seed: int,
    pause: tuple[float, float] = (0.2, 1.0),
    only: str = "",
) -> Storm:
    """Kill so many processes of a running site, let it calm down and judge."""
    storm, chance, calm = Storm(seed), random.Random(seed), asyncio.Event()  # noqa: S311 - a storm, not a secret
    async with opened(site.database) as database, watched(_look(database, storm)):
        async with watched(*(_sync_on(client, calm) for client in players)) as syncing:
            revivals: list[asyncio.Task[Any]] = []
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(*pause))
                alive = await until(lambda: _alive(site, only), within=SETTLES_WITHIN_SECONDS, what="anybody alive")
                name = chance.choice(alive)
                await site.processes[name].kill()
                storm.kills += 1
                revivals.append(
                    asyncio.ensure_future(_revive(site, name, chance.uniform(0, min(pause[0], LATEST_REVIVAL))))
                )
                if len(revivals) > REVIVALS_AT_ONCE:
                    await revivals.pop(0)
            await asyncio.gather(*revivals)
            calm.set()
            await asyncio.wait_for(asyncio.gather(*syncing), SETTLES_WITHIN_SECONDS)
        storm.violations = await site.verdict(within=SETTLES_WITHIN_SECONDS)
    rows = await site.rows()
    storm.sessions = len(rows.sessions)
    storm.characters = len(rows.jobs)
    storm.gave_up = sum(job.reason == "crashed" for job in rows.jobs)
    storm.clients_events = len(site.history.told)
    return storm


async def _revive(site: Site, name: str, after: float) -> None:
    await asyncio.sleep(after)
    kind, _, number = name.partition("-")
    running = await (site.serve if kind == "serve" else site.work)(int(number), ready=False)
    await until(
        lambda: not running.is_alive or "is ready" in running.text(), within=SETTLES_WITHIN_SECONDS, what="a start"
    )
    # It may be killed again before it is ready; whoever did that starts the next one.
    assert running.is_alive or running.ended.result() == -signal.SIGKILL, running.text()[-2000:]


def _alive(site: Site, only: str) -> list[str]:
    return sorted(name for name, running in site.processes.items() if running.is_alive and name.startswith(only))


async def _sync_on(client: Client, calm: asyncio.Event) -> None:
    """Sync, watch to the end, and again, until it is calm."""
    while not calm.is_set():
        session_id = await client.surely_synced()
        await client.watch(session_id)


async def _look(database: Any, storm: Storm) -> None:
    """Note how long it takes until a sync session whose run died moves again."""
    known: dict[str, tuple[SessionRow, float]] = {}
    while True:
        try:
            rows = await read_sessions(database)
        except DatabaseUnavailable:
            rows = []
        now = time.monotonic()
        for row in rows:
            before = known.get(row.id)
            if before is None or (row.seq, row.status) != (before[0].seq, before[0].status):
                if before is not None and row.run_token > 1 and before[0].seq // 1_000_000 < row.seq // 1_000_000:
                    storm.moved_again.append(now - before[1])
                known[row.id] = (row, now)
            if row.status in FINAL:
                known[row.id] = (row, now)
        await asyncio.sleep(LOOK_SECONDS)
