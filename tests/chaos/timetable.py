"""Many players' scheduled syncs come due while workers are killed: each due time once, the budget kept, nobody held up.

I9  A due time is dealt with once: one sync for it, or one more of `missed`; never none, never two.
"""

import asyncio
import random
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from statistics import median
from typing import Any, Final

from chaos.clients import Client
from chaos.crowd import SETTINGS as OPERATORS
from chaos.crowd import SIGN_INS_AT_ONCE
from chaos.history import FINAL, Rows, Violation
from chaos.instruments import departures
from chaos.rows import ScheduleRow, come_due, opened, read_rows, read_schedules
from chaos.site import Site, watched
from support.shared_budget import busiest_second

SIZES: Final = (1, 2, 3, 4)  # characters: so many accounts of a usual size would take the hour that their budget takes
BY_HAND: Final = 60  # characters of the player who presses the button all the while
LATENCY_MS: Final = 50
SPREAD_SECONDS: Final = 20.0  # within which they all come due, as after an outage
# Between two syncs of one player: each finds the second it would find if they came alone, and all of them stay within the hour's
# limit for as long as 500 players' schedules take.
BREATH_SECONDS: Final = 3.0
SLOWED_AT_MOST: Final = 1.1  # times as long as when nothing is scheduled
LOOK_SECONDS: Final = 0.5
TAKEN_FOR_SECONDS: Final = 120.0  # for so long others leave alone what a worker had taken that died
PAUSE: Final = (3.0, 8.0)  # seconds between two kills
# The rule is longer than the run, so that due times come when the run says so and by no means else.
RULE: Final = {"mode": "hours", "hours": 168}
SETTINGS: Final = {
    **OPERATORS,
    "REQUESTS_PER_HOUR": "36000",
    "SCHEDULES_SECONDS": "5",  # twice as often as operators have it: more of them at a time
    "FRESHNESS_SECONDS": "0",  # so that the same account can be synced again and again
}


@dataclass
class Kept:
    """What came of it. Seconds by hand are from the click to the last event, of a sync of which nothing has changed."""

    schedules: int = 0
    due_times: int = 0
    kills: int = 0
    syncs: int = 0
    missed: int = 0
    late_at_most: int = 0
    requests: int = 0
    busiest_second: int = 0
    in_quiet: list[float] = field(default_factory=list)
    meanwhile: list[float] = field(default_factory=list)
    among_kills: list[float] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)

    @property
    def slowed(self) -> float:
        """How much longer a player's own sync takes while scheduled ones run, as a factor of the medians."""
        return median(self.meanwhile) / median(self.in_quiet)

    def told(self) -> dict[str, Any]:
        """Return it as a part of the page."""
        by_hand = {
            "without scheduled ones": self.in_quiet,
            "meanwhile": self.meanwhile,
            "among the kills (one that a killed worker ran waits for its lease)": self.among_kills,
        }
        return {
            "name": "Workers killed during auto-sync",
            "what": f"{self.schedules} players with a schedule, {min(SIZES)} to {max(SIZES)} characters each, come due "
            "within seconds: first in two halves, then all of them, while one of the 2 `worker` is killed every few seconds. "
            f"Another player syncs {BY_HAND} unchanged characters by hand, again and again. Battle.net takes {LATENCY_MS} ms "
            f"to answer; the budget is {SETTINGS['REQUESTS_PER_SECOND']} requests per second; lease and heartbeat are as "
            "operators have them.",
            "tries": self.due_times,
            "violations": [str(violation) for violation in self.violations],
            "figures": {
                "kills of a worker": self.kills,
                "scheduled syncs begun": self.syncs,
                "due times reported as missed": self.missed,
                "due times lost, or begun twice": sum(violation.invariant == "I9" for violation in self.violations),
                "the latest among the kills began after": f"{self.late_at_most} s",
                "requests": self.requests,
                "left in the busiest second, wherever it begins": self.busiest_second,
                **{
                    f"a sync by hand {when}, p50": f"{1000 * median(took):.0f} ms of {len(took)}"
                    for when, took in by_hand.items()
                },
                "so scheduled ones make it longer by": f"{100 * (self.slowed - 1):.0f} %",
            },
        }


async def keep(site: Site, *, players: int, kills: int, quiet: int, seed: int, within: float) -> Kept:
    """Have everybody's schedule come due twice, the second time while workers are killed; judge.

    Half of them come due at a time at first, with as many syncs by hand before each half as `quiet` says: a machine that
    is busy with something else is then as busy in the times that are compared.
    """
    kept = Kept(schedules=players)
    await asyncio.gather(site.serve(), site.work(0), site.work(1))
    await site.control("POST", "settings", {"latencyMs": LATENCY_MS, "requestsPerSecond": 0})
    owners = [owner.user_id for owner in await _with_schedules(site, players)]
    hand = await site.player("by-hand", BY_HAND)
    await hand.watch(await hand.surely_synced())
    due: dict[str, list[datetime]] = defaultdict(list)
    for half in (owners[::2], owners[1::2]):
        for _ in range(quiet):
            kept.in_quiet.append(await _by_hand(hand))
        dealing = asyncio.ensure_future(_come_due(site, half, due, within=within))
        kept.meanwhile += await _by_hand_until(hand, dealing)
    dealing = asyncio.ensure_future(_come_due(site, owners, due, within=within))
    async with watched(_kill(site, kept, kills, seed)) as [killing]:
        kept.among_kills += await _by_hand_until(hand, dealing)
        await asyncio.wait_for(killing, within)
    kept.violations = await site.verdict(within=within)
    async with opened(site.database) as database:
        schedules, rows = await read_schedules(database), await read_rows(database)
    return _judged(site, kept, due, schedules, rows)


async def _with_schedules(site: Site, players: int) -> list[Client]:
    places = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def come(number: int, characters: int) -> Client:
        async with places:
            player = await site.player(f"by-schedule-{number}", characters)
            answer = await player.ask("PUT", "/api/v1/schedules/retail/eu", RULE)
            assert answer.status == 200, answer
            return player

    return list(await asyncio.gather(*(come(n, size) for n, size in enumerate(islice(cycle(SIZES), players)))))


async def _come_due(site: Site, owners: Sequence[str], due: dict[str, list[datetime]], *, within: float) -> None:
    """Have schedules come due one after the other; return when every one of them was dealt with and its sync is over."""
    step = timedelta(seconds=SPREAD_SECONDS / len(owners))
    moments = {owner: datetime.now(UTC) + number * step for number, owner in enumerate(owners)}
    for owner, moment in moments.items():
        due[owner].append(moment)
    async with opened(site.database) as database, asyncio.timeout(within):
        await come_due(database, moments)
        while True:
            left = [
                row
                for row in await read_schedules(database)
                if moments.get(row.user_id, row.last_due_at) != row.last_due_at
            ]
            if not left and all(
                row.status in FINAL for row in (await read_rows(database)).sessions if row.kind == "scheduled"
            ):
                return
            await asyncio.sleep(LOOK_SECONDS)


async def _by_hand_until(hand: Client, done: asyncio.Future[None]) -> list[float]:
    """Sync by hand until it is done. Raises TimeoutError: it is not done in time."""
    took: list[float] = []
    while not done.done():
        took.append(await _by_hand(hand))
    await done
    return took


async def _by_hand(hand: Client) -> float:
    await asyncio.sleep(BREATH_SECONDS)
    clicked = time.monotonic()
    await hand.watch(await hand.surely_synced())
    return time.monotonic() - clicked


async def _kill(site: Site, kept: Kept, kills: int, seed: int) -> None:
    """Kill a worker at a random time and start it again, so many times."""
    chance = random.Random(seed)  # noqa: S311 - a time to strike, not a secret
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(*PAUSE))
        number = chance.choice((0, 1))
        await site.processes[f"worker-{number}"].kill()
        kept.kills += 1
        await site.work(number)


def _judged(
    site: Site, kept: Kept, due: Mapping[str, list[datetime]], schedules: Sequence[ScheduleRow], rows: Rows
) -> Kept:
    assert site.departures is not None
    left = departures(site.departures)
    begun = Counter(row.user_id for row in rows.sessions if row.kind == "scheduled")
    kept.due_times = sum(len(moments) for moments in due.values())
    kept.syncs, kept.missed = begun.total(), sum(row.missed for row in schedules)
    kept.late_at_most = max(row.late_seconds or 0 for row in schedules)
    kept.requests, kept.busiest_second = len(left), busiest_second(left)
    kept.violations += each_once(due, schedules, begun)
    if kept.busiest_second > int(SETTINGS["REQUESTS_PER_SECOND"]):
        kept.violations.append(Violation("budget", f"{kept.busiest_second} requests left in one second"))
    if kept.slowed > SLOWED_AT_MOST:
        kept.violations.append(Violation("lanes", f"syncs by hand took {kept.slowed:.2f} times as long"))
    return kept


def each_once(
    due: Mapping[str, list[datetime]], schedules: Sequence[ScheduleRow], begun: Mapping[str, int]
) -> list[Violation]:
    """Return every due time that was not dealt with exactly once; `begun` is how many syncs each player was begun."""
    found = []
    for row in schedules:
        moments = due[row.user_id]
        if begun.get(row.user_id, 0) + row.missed != len(moments):
            what = f"{len(moments)} due times, {begun.get(row.user_id, 0)} syncs, {row.missed} missed"
            found.append(Violation("I9", f"the schedule of {row.user_id} had {what}"))
        if row.last_due_at != moments[-1]:
            found.append(
                Violation("I9", f"the schedule of {row.user_id} ends with {row.last_due_at}, not {moments[-1]}")
            )
    return found
