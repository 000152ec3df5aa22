"""Many sync sessions of very different sizes at once, over two gateways and two workers, each watched at both gateways."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Final

from chaos.clients import COMES_BACK_SECONDS, Client
from chaos.history import Rows, Violation
from chaos.instruments import departures
from chaos.processes import Starter, until
from chaos.site import Site, watched
from support.ports import free_port
from support.shared_budget import busiest_second

SIZES: Final = (1, 2, 3, 5, 8, 12, 20, 30, 45, 60)  # characters: an alt or two, a player, a collector
BUDGET: Final = 100  # requests per second: Battle.net's limit
LATENCY_MS: Final = 50
ACCEPTED: Final = 202
UNAVAILABLE: Final = 503
SIGN_INS_AT_ONCE: Final = 8  # more only wait for the same two cores
# Everybody comes from one address here; the lease, the pace and the queue are as operators have them.
SETTINGS: Final = {
    "REQUESTS_PER_SECOND": str(BUDGET),
    "STRANGERS_PER_ADDRESS": "2000",
    "CHARACTERS_AT_ONCE": "32",
    "LEASE_SECONDS": "30",
    "HEARTBEAT_SECONDS": "10",
    "RECONCILE_SECONDS": "5",
}


@dataclass(frozen=True)
class SandboxProcess:
    """A sandbox in a process of its own, so that it counts a request when it comes and not when the clients are done."""

    url: str

    @property
    def oauth_url(self) -> str:
        return f"{self.url}/oauth"

    @property
    def api_url(self) -> str:
        return f"{self.url}/api/{{region}}"


@dataclass(frozen=True)
class Crowd:
    """What came of it. Ranks are places in the order of finishing, of the smallest and the largest quarter."""

    sessions: int
    characters: int
    watchers: int
    seconds: float
    events: int
    came_again: int
    requests: int
    left_in_busiest_second: int
    arrived_in_busiest_second: int
    small_rank: float
    large_rank: float
    violations: list[Violation]


@asynccontextmanager
async def sandbox_process(starter: Starter, folder: Path) -> AsyncIterator[SandboxProcess]:
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - one folder, made once
    port = free_port()
    running = await starter.start("sandbox", ("sandbox", "--port", str(port)), {}, folder / "sandbox.log")
    try:
        await until(lambda: "http://" in running.text() or not running.is_alive, within=60, what="a sandbox")
        assert running.is_alive, running.text()
        yield SandboxProcess(f"http://127.0.0.1:{port}")
    finally:
        await running.kill()


async def come_at_once(site: Site, sessions: int, *, within: float, sizes: Sequence[int] = SIZES) -> Crowd:
    """Have so many players start a sync at the same moment, watch each of them at both gateways, and judge.

    The site has two servers, the settings above and notes departures.
    """
    await asyncio.gather(site.serve(0), site.serve(1), site.work(0), site.work(1))
    await site.control("POST", "settings", {"latencyMs": LATENCY_MS, "requestsPerSecond": 0})
    wanted = list(islice(cycle(sizes), sessions))
    places = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def sign_in(number: int, characters: int) -> Client:
        async with places:
            return await site.player(f"one-of-many-{number}", characters)

    players = await asyncio.gather(*(sign_in(number, size) for number, size in enumerate(wanted)))
    await site.control("DELETE", "stats")
    began = time.monotonic()

    async def go(number: int, player: Client) -> None:
        answer = await player.sync(address=site.url(number % 2))
        while answer.status == UNAVAILABLE:  # everybody wants the database: a page comes again, and so does this
            await asyncio.sleep(COMES_BACK_SECONDS)
            answer = await player.sync(address=site.url(number % 2))
        assert answer.status == ACCEPTED, answer
        await asyncio.gather(*(player.at(site.url(gateway)).watch(answer.body["sessionId"]) for gateway in (0, 1)))

    async with watched(*(go(number, player) for number, player in enumerate(players))) as going:
        await asyncio.wait_for(asyncio.gather(*going), within)
    seconds = time.monotonic() - began
    stats = await site.control("GET", "stats")
    violations = await site.verdict(within=within)
    return _judged(site, await site.rows(), stats, seconds, violations)


def _judged(site: Site, rows: Rows, stats: Any, seconds: float, violations: list[Violation]) -> Crowd:
    small, large = ranks([(row.total, row.completed_at) for row in rows.sessions])
    assert site.departures is not None
    left = departures(site.departures)
    busiest = busiest_second(left)
    found = list(violations)
    if busiest > BUDGET:
        found.append(Violation("budget", f"{busiest} requests left in one second, of {BUDGET}"))
    if small >= large:
        found.append(Violation("turns", f"small sessions finished at rank {small}, large ones at {large}"))
    return Crowd(
        sessions=len(rows.sessions),
        characters=len(rows.jobs),
        watchers=len(site.history.watching),
        seconds=seconds,
        events=len(site.history.told),
        came_again=sum(answer.status == UNAVAILABLE for answer in site.history.answers),
        requests=len(left),
        left_in_busiest_second=busiest,
        arrived_in_busiest_second=stats["busiestSecond"],
        small_rank=small,
        large_rank=large,
        violations=found,
    )


def ranks(finished: Sequence[tuple[int, Any]]) -> tuple[float, float]:
    """Return the median finishing ranks of the smallest and of the largest quarter, from (size, moment of the end)."""
    sizes = sorted(size for size, _ in finished)
    quarter = len(sizes) // 4
    at_most, at_least = sizes[quarter - 1], sizes[-quarter]
    ranked = [(size, rank) for rank, (size, _) in enumerate(sorted(finished, key=lambda one: one[1]), 1)]
    small = median(rank for size, rank in ranked if size <= at_most)
    large = median(rank for size, rank in ranked if size >= at_least)
    return small, large
