"""The parts of the long run: each does one kind of harm so many times and returns what came of it."""

import argparse
import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from battle_net_sandbox.server import RunningSandbox
from chaos.cancels import FAST_MS, SLOW_MS, cancel_elsewhere
from chaos.cancels import SETTINGS as CANCELS
from chaos.crowd import BUDGET, SIZES, come_at_once, sandbox_process
from chaos.crowd import SETTINGS as CROWD
from chaos.enumeration import EMBEDDED_ONLY, LATER, Crash, crash_at
from chaos.ghosts import haunt
from chaos.history import Violation
from chaos.known_bugs import EMBEDDED, ON_SHARED_SERVERS, is_caught
from chaos.locked import A_BACKUP_SECONDS, A_STALL_SECONDS, lock_out
from chaos.processes import Starter
from chaos.races import race
from chaos.report import at_share, percentile
from chaos.site import QUICK, Sandbox, Site, quick_sandbox, site_of, watched
from chaos.sockets import FLOOD_EVENTS, WATCHERS_PER_SESSION, hold
from chaos.sockets import SETTINGS as SOCKETS
from chaos.storm import rage
from chaos.timetable import SETTINGS as TIMETABLE
from chaos.timetable import keep
from character_sync.crash_points import CrashPoint
from support.postgresql_server import PostgreSQLServer
from support.redis_server import RedisServer

REAL: Final = {"LEASE_SECONDS": "30", "HEARTBEAT_SECONDS": "10", "RECONCILE_SECONDS": "5"}
SLOW: Final = {"CHARACTERS_AT_ONCE": "4"}
AT_ONCE: Final = 3  # embedded sites beside each other
ASKED_AT_ONCE: Final = 50
REAL_KILLS: Final = 10
REAL_PLAYERS: Final = 8  # of whose syncs half die with a worker
REAL_PAUSE: Final = (40.0, 45.0)  # longer than a take-over may take: a kill that meets one would be measured with it
CHARACTERS: Final = 40
IN_TIME_SECONDS: Final = 35.0  # lease, one look of the reconciler: what the design promises
WITHIN_SECONDS: Final = 120.0
STALLED: Final = 100
SENDS: Final = 50_000
SENDS_PER_SECOND: Final = 1_000  # a third of what one core sends; the other runs the clients
SCHEDULES_WITHIN_SECONDS: Final = 900.0
QUIET: Final = 20  # syncs by hand before each half of the schedules
CROWD_WITHIN_SECONDS: Final = 900.0  # 200 syncs need some 10,000 requests, and 100 leave in a second


@dataclass(frozen=True)
class Grounds:
    """What all parts share."""

    folder: Path
    starter: Starter
    sandbox: RunningSandbox
    postgresql: PostgreSQLServer
    redis: RedisServer
    say: Callable[[str], None]

    @asynccontextmanager
    async def shared(
        self, name: str, *, servers: int = 1, number: int = 0, sandbox: Sandbox | None = None, **settings: str
    ) -> AsyncIterator[Site]:
        """A site on PostgreSQL and Redis with a database of its own, which notes when requests leave."""
        database = await self.postgresql.databases.create()
        about = {
            "database_url": self.postgresql.databases.url(database),
            "queue_url": self.redis.numbered(number),
            "settings": {**QUICK, **SLOW, **settings},
            "departures": self.folder / f"{name}.departures",
        }
        try:
            asked = sandbox or self.sandbox
            async with site_of(self.folder / name, asked, self.starter, servers=servers, **about) as site:
                yield site
        finally:
            await self.postgresql.databases.drop(database)


Result = dict[str, Any]
Part = Callable[[Grounds, argparse.Namespace], Awaitable[Result]]


async def crash_points_embedded(grounds: Grounds, _given: argparse.Namespace) -> Result:
    places = asyncio.Semaphore(AT_ONCE)

    async def crash(point: CrashPoint, nth: int) -> Crash:
        folder = grounds.folder / f"{point.name}-{nth}"
        async with places, quick_sandbox() as own, site_of(folder, own, grounds.starter) as site:
            return await _reached(site, point, nth)

    wanted = [(point, LATER.get(point, 1)) for point in CrashPoint] + [(point, 1) for point in LATER]
    crashes = await asyncio.gather(*(crash(point, nth) for point, nth in wanted))
    return _crashes("Crash at every point, SQLite, one process", crashes, "A restart frees the lease at once.")


async def crash_points_shared(grounds: Grounds, _given: argparse.Namespace) -> Result:
    places = asyncio.Semaphore(AT_ONCE)

    async def crash(number: int, point: CrashPoint) -> Crash:
        name = f"shared-{point.name}"
        async with places, quick_sandbox() as own, grounds.shared(name, number=number, sandbox=own) as site:
            return await _reached(site, point, 0)

    wanted = [point for point in CrashPoint if point not in EMBEDDED_ONLY]
    crashes = await asyncio.gather(*(crash(number, point) for number, point in enumerate(wanted)))
    what = "PostgreSQL and Redis: `serve` dies and starts again, or a worker dies and another one takes over."
    return _crashes("Crash at every point, PostgreSQL and Redis", crashes, what)


async def _reached(site: Site, point: CrashPoint, nth: int) -> Crash:
    try:
        return await crash_at(site, point, nth=nth)
    except (AssertionError, TimeoutError) as error:
        return Crash(point, nth, [Violation("harness", f"the point was not reached: {error!r}"[:500])])


def _crashes(name: str, crashes: list[Crash], what: str) -> Result:
    points = {crash.point for crash in crashes}
    wrong = {crash.point for crash in crashes if crash.violations}
    return {
        "name": name,
        "what": f"{what} The points stand in `src/character_sync/crash_points.py`, each with what is true there.",
        "tries": len(crashes),
        "is_chance": False,  # the same boundaries each time: an enumeration, no sample
        "violations": [f"{crash.point.name}:{crash.nth} {v}" for crash in crashes for v in crash.violations],
        "figures": {"points without a violation": f"{len(points - wrong)} of {len(points)}"},
    }


async def storm(grounds: Grounds, given: argparse.Namespace) -> Result:
    return await _storm(grounds, "Storm of kills", given.kills, given.seed, QUICK, players=4, pause=(0.2, 1.0))


async def storm_with_the_real_lease(grounds: Grounds, given: argparse.Namespace) -> Result:
    about = {"players": REAL_PLAYERS, "pause": REAL_PAUSE, "only": "worker"}
    return await _storm(grounds, "Kills with the real lease of 30 s", REAL_KILLS, given.seed + 1, REAL, **about)


async def _storm(
    grounds: Grounds,
    name: str,
    kills: int,
    seed: int,
    lease: dict[str, str],
    *,
    players: int,
    pause: tuple[float, float],
    only: str = "",
) -> Result:
    async with grounds.shared(name.replace(" ", "-"), servers=2, **lease) as site:
        await asyncio.gather(site.serve(0), site.serve(1), site.work(0), site.work(1))
        asking = [await site.player(f"stormy-{number}", CHARACTERS) for number in range(players)]
        raged = await rage(site, asking, kills=kills, seed=seed, pause=pause, only=only)
    late = [f"I2: a session moved again after {t:.1f} s" for t in raged.moved_again if t > IN_TIME_SECONDS]
    return {
        "name": name,
        "what": f"2 `serve`, 2 `worker`, {players} players who sync {CHARACTERS} characters each without pause; every "
        f"{pause[0]:g} to {pause[1]:g} s a random {only or 'process'} is killed and started again. Lease {lease['LEASE_SECONDS']} s, heartbeat "
        f"{lease['HEARTBEAT_SECONDS']} s, reconciler {lease['RECONCILE_SECONDS']} s. Seed {seed}.",
        "tries": raged.kills,
        "violations": [str(violation) for violation in raged.violations] + late,
        "figures": {
            "sync sessions": raged.sessions,
            "characters": raged.characters,
            "events checked": raged.clients_events,
            "lost characters": _of(raged.violations, "I1"),
            "stuck sessions": _of(raged.violations, "I2"),
            "wrong counts": _of(raged.violations, "I4"),
            "characters given up after being in hand in three runs that died (by design)": raged.gave_up,
            "take-overs of a dead run": len(raged.moved_again),
            "a session moves again after, p50": percentile(raged.moved_again, 0.5),
            "a session moves again after, p100": percentile(raged.moved_again, 1.0),
        },
    }


def _of(violations: list[Any], invariant: str) -> int:
    return sum(violation.invariant == invariant for violation in violations)


async def ghosts(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with grounds.shared("ghosts", FRESHNESS_SECONDS="0") as site:
        await asyncio.gather(site.serve(), site.work(0), site.work(1))
        player = await site.player("haunted", 60)
        hauntings = [await haunt(site, player, at_end=number % 2 == 1) for number in range(given.ghosts)]
        violations = await site.verdict(within=WITHIN_SECONDS)
        fenced = site.logged("sync_session_lease_lost")
    return {
        "name": "Ghosts",
        "what": "A worker is frozen (SIGSTOP) in the middle of a sync until its lease is over and another one has taken "
        "the sync over, or ended it; then it is woken (SIGCONT). It must notice, and write nothing.",
        "tries": sum(haunting.noticed for haunting in hauntings),
        "violations": [str(v) for v in violations] + [f"ghost: {h.wrote}" for h in hauntings if h.wrote],
        "figures": {
            "woken while another ran it": sum(h.noticed and not h.at_end for h in hauntings),
            "woken after another ended it": sum(h.noticed and h.at_end for h in hauntings),
            "stale writes": sum(bool(h.wrote) for h in hauntings),
            "log lines of a lost lease": fenced,
        },
    }


async def races(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with grounds.shared("races", servers=2) as site:
        await asyncio.gather(site.serve(0), site.serve(1))
        player = await site.player("racer", 3)
        rounds = [await race(site, player, asked=ASKED_AT_ONCE) for _ in range(given.rounds)]
        violations = await site.verdict(within=WITHIN_SECONDS)
    return {
        "name": "Races of 50 POSTs",
        "what": f"{ASKED_AT_ONCE} `POST /api/v1/characters/sync` of one player at once over 2 `serve`: exactly one 202, "
        "the others 409 with its id.",
        "tries": len(rounds),
        "violations": [str(v) for v in violations] + [str(r) for r in rounds if not r.is_right(ASKED_AT_ONCE)],
        "figures": {
            "answers 202": sum(r.statuses[202] for r in rounds),
            "answers 409": sum(r.statuses[409] for r in rounds),
            "other answers": sum(sum(r.statuses.values()) - r.statuses[202] - r.statuses[409] for r in rounds),
        },
    }


async def crowd(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with (
        sandbox_process(grounds.starter, grounds.folder) as sandbox,
        grounds.shared("crowd", servers=2, sandbox=sandbox, **CROWD) as site,
    ):
        came = await come_at_once(site, given.sessions, within=CROWD_WITHIN_SECONDS)
    return {
        "name": "Many at once",
        "what": f"{came.sessions} players start a sync of {min(SIZES)} to {max(SIZES)} characters at the same moment, over "
        f"2 `serve`, with 2 `worker` and a budget of {BUDGET} requests per second; each is watched at both gateways.",
        "tries": came.sessions,
        "violations": [str(violation) for violation in came.violations],
        "figures": {
            "characters": came.characters,
            "watchers": came.watchers,
            "events checked": came.events,
            "POSTs told to come again (503), as their page then does": came.came_again,
            "requests": came.requests,
            "until the last one ended": f"{came.seconds:.0f} s, {came.requests / came.seconds:.0f} requests per second",
            "left in the busiest second, wherever it begins": came.left_in_busiest_second,
            "arrived in the busiest second of the clock (a loaded machine holds some back)": (
                came.arrived_in_busiest_second
            ),
            "median finishing rank of the smallest quarter": came.small_rank,
            "median finishing rank of the largest quarter": came.large_rank,
        },
    }


async def schedules(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with (
        sandbox_process(grounds.starter, grounds.folder) as sandbox,
        grounds.shared("schedules", sandbox=sandbox, **TIMETABLE) as site,
    ):
        about = {"players": given.schedules, "kills": given.schedule_kills, "quiet": QUIET, "seed": given.seed}
        return (await keep(site, **about, within=SCHEDULES_WITHIN_SECONDS)).told()


async def cancels(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with grounds.shared("cancels", servers=2, **CANCELS) as site:
        await asyncio.gather(site.serve(0), site.serve(1), site.work(0), site.work(1))
        player = await site.player("cancels", 60)
        done = [
            await cancel_elsewhere(site, player, number=number, latency_ms=(FAST_MS, SLOW_MS)[number // 2 % 2])
            for number in range(given.cancels)
        ]
        violations = await site.verdict(within=WITHIN_SECONDS)
    return {
        "name": "Cancelled at another machine",
        "what": f"A sync started at one `serve` and run by a `worker` is cancelled at the other `serve`; Battle.net takes "
        f"{FAST_MS} ms or {SLOW_MS / 1000:g} s to answer. Seconds are from the click.",
        "tries": len(done),
        "violations": [str(v) for v in violations] + [str(v) for cancel in done for v in cancel.violations],
        "figures": {
            f"{what}, {name}": percentile(values, share)
            for what, values in (
                ("the last request left", [cancel.last_request for cancel in done]),
                ("the run had stopped", [cancel.stopped for cancel in done]),
                ("the watchers of both gateways knew", [cancel.told for cancel in done]),
            )
            for name, share in (("p50", 0.5), ("p100", 1.0))
        },
    }


async def many_sockets(grounds: Grounds, given: argparse.Namespace) -> Result:
    async with grounds.shared("sockets", **SOCKETS) as site:
        held = await hold(site, sockets=given.sockets, stalled=STALLED, sends=SENDS, per_second=SENDS_PER_SECOND)
    return {
        "name": "Sockets on one gateway",
        "what": f"{held.sockets} watchers at one `serve`, {WATCHERS_PER_SESSION} for each sync session; then {SENDS} events "
        f"to one socket each, {SENDS_PER_SECOND} per second in bursts of {WATCHERS_PER_SESSION}; then {held.stalled} that do "
        f"not read, and {2 * FLOOD_EVENTS} events of 2 KB for them. Memory is resident memory of the process.",
        "tries": held.sockets,
        "is_chance": False,
        "violations": [str(violation) for violation in held.violations],
        "figures": {
            "one that watches, idle": f"{held.kb_per_socket:.1f} KB",
            "connected and joined": f"{held.connects_per_second:.0f} per second",
            "from publishing to the client, p50": f"{1000 * at_share(held.delays, 0.5):.0f} ms",
            "from publishing to the client, p99": f"{1000 * at_share(held.delays, 0.99):.0f} ms",
            f"{held.stalled} that do not read, with what they share": f"{held.kb_for_stalled / 1000:.1f} MB",
            "and each of them for as many events again": f"{held.kb_of_more:.1f} KB",
        },
    }


async def sqlite_locked(grounds: Grounds, _given: argparse.Namespace) -> Result:
    told, violations = {}, []
    for seconds in (A_BACKUP_SECONDS, A_STALL_SECONDS):
        async with site_of(grounds.folder / f"locked-{seconds}", grounds.sandbox, grounds.starter) as site:
            answer, found = await lock_out(site, seconds=seconds)
        told[f"another player's POST while it was held for {seconds:g} s"] = answer.status
        violations += found
    return {
        "name": "SQLite held by another process",
        "what": "Its write lock is taken in the middle of a sync, for less and for more than the busy timeout of 5 s.",
        "tries": len(told),
        "is_chance": False,
        "violations": [str(v) for v in violations] + [f"{a}" for a in told.values() if a not in {202, 503}],
        "figures": told,
    }


async def known_bugs(grounds: Grounds, _given: argparse.Namespace) -> Result:
    caught: dict[str, bool] = {}
    for bug, run in EMBEDDED.items():
        async with site_of(grounds.folder / bug, grounds.sandbox, grounds.starter) as site:
            caught[bug] = is_caught(bug, await run(site))
    for bug, run in ON_SHARED_SERVERS.items():
        grounds.redis.empty()
        async with grounds.shared(bug) as site:
            caught[bug] = is_caught(bug, await run(site))
    return {
        "name": "Known bugs, switched on",
        "what": "Each must be reported by the same checker that found nothing above.",
        "tries": len(caught),
        "is_chance": False,
        "violations": [f"not caught: {bug}" for bug, seen in caught.items() if not seen],
        "figures": {"caught": f"{sum(caught.values())} of {len(caught)}: {', '.join(caught)}"},
    }


async def redis_restarts(grounds: Grounds, given: argparse.Namespace) -> Result:
    async def harm() -> None:
        grounds.redis.stop()
        grounds.redis.start()

    return await _restarts(grounds, given, "Redis killed and started empty", harm)


async def postgresql_restarts(grounds: Grounds, given: argparse.Namespace) -> Result:
    return await _restarts(
        grounds, given, "PostgreSQL restarted (immediate)", partial(asyncio.to_thread, grounds.postgresql.restart)
    )


async def _restarts(
    grounds: Grounds, given: argparse.Namespace, name: str, harm: Callable[[], Awaitable[None]]
) -> Result:
    chance, times, errors = random.Random(given.seed), [], 0  # noqa: S311 - a time to strike, not a secret
    async with grounds.shared(name.replace(" ", "-"), CHARACTERS_AT_ONCE="2") as site:
        await asyncio.gather(site.serve(), site.work(0), site.work(1))
        player = await site.player("restarted", 60)
        for _ in range(given.restarts):
            session_id = await player.surely_synced()
            async with watched(player.watch(session_id)) as watches:
                await asyncio.sleep(chance.uniform(0.1, 0.8))
                await harm()
                back = time.monotonic()
                errors += sum([(await player.get_once(session_id)).status != 200 for _ in range(10)])
                await asyncio.wait_for(watches[0], WITHIN_SECONDS)
                times.append(time.monotonic() - back)
        violations = await site.verdict(within=WITHIN_SECONDS)
    return {
        "name": name,
        "what": "At a random moment of a sync of 60 characters with a watcher; another sync follows at once.",
        "tries": given.restarts,
        "violations": [str(v) for v in violations] + ([f"{errors} answers other than 200 after it"] if errors else []),
        "figures": {
            "answers other than 200 once it is back": errors,
            "from its return to the watcher's last event, p50": percentile(times, 0.5),
            "from its return to the watcher's last event, p100": percentile(times, 1.0),
        },
    }


PARTS: Final[dict[str, Part]] = {
    "crash-points-embedded": crash_points_embedded,
    "crash-points-shared": crash_points_shared,
    "storm": storm,
    "storm-real-lease": storm_with_the_real_lease,
    "ghosts": ghosts,
    "races": races,
    "crowd": crowd,
    "schedules": schedules,
    "cancels": cancels,
    "sockets": many_sockets,
    "redis": redis_restarts,
    "postgresql": postgresql_restarts,
    "sqlite": sqlite_locked,
    "known-bugs": known_bugs,
}
