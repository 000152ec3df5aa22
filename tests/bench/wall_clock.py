"""Part 1: from the POST to `sync-complete`, beside what Battle.net's limit allows."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from bench.grounds import Grounds
from bench.measure import figure, median, spread
from bench.syncing import players, sync_all
from chaos.crowd import SandboxProcess
from character_sync.policies import FEW

FACETS: Final = 4
LISTED_AND_ASKED: Final = 2  # answers that wait for each other: the listing, then all facets of one of few characters
LISTED_PROFILE_REST: Final = 3  # of one of many, the profile goes before the rest
SECOND: Final = 1.02  # what the service takes for a second of Battle.net's, so that no two of its seconds overlap
MOST: Final = 1.05
SMALL: Final = 100  # characters; larger accounts take many times as long and vary less: fewer runs do


@dataclass(frozen=True)
class Upstream:
    latency_ms: int
    per_second: int

    @property
    def latency(self) -> float:
        return self.latency_ms / 1_000

    def limit(self, characters: int) -> float:
        """Return the seconds that the requests for so many characters take at this rate, and the last answer."""
        return _requests(characters) / self.per_second + self.latency

    def least(self, characters: int) -> float:
        """Return the seconds below which no order of asking gets: whole bursts, and round trips that need each other.

        A limit per second lets a whole second's requests leave at once, so the last requests need not wait for an
        even pace; and nothing is known of a character before the account is listed.
        """
        round_trips = LISTED_AND_ASKED if characters <= FEW else LISTED_PROFILE_REST
        bursts = (_requests(characters) - 1) // self.per_second * SECOND + self.latency
        return max(bursts, round_trips * self.latency)


def _requests(characters: int) -> int:
    """Return how many a sync of so many new characters makes, the listing among them."""
    return 1 + FACETS * characters


UPSTREAMS: Final = (Upstream(100, 100), Upstream(20, 1_000))


async def wall_clock(grounds: Grounds) -> dict[str, Any]:
    figures = []
    for backend in grounds.sizes.backends:
        for upstream in UPSTREAMS:
            # The sandbox itself refuses nobody: the service keeps the limit, and a refusal would be another measurement.
            async with grounds.sandbox(latency_ms=upstream.latency_ms) as sandbox:
                figures += await _of(grounds, backend, upstream, sandbox)
    return {
        "name": "Wall clock against the limit",
        "what": (
            "From the POST of an account never seen before to `sync-complete` on a watcher's socket, four facets for each "
            "character; the service keeps the limit, the sandbox (a process of its own) answers after the delay. The "
            "limit is one request for the listing and four for each character at the rate, and one delay. It is not what "
            "is possible: a limit per second lets the requests of a second leave together, so a sync can end before it; "
            "and answers wait for each other (the listing, then all facets of one of few characters; of many, the profile "
            "first), so a sync of one character cannot reach it. Beside each figure is the least that both allow."
        ),
        "figures": figures,
    }


async def _of(grounds: Grounds, backend: str, upstream: Upstream, sandbox: SandboxProcess) -> list[dict[str, Any]]:
    figures = []
    settings = {"REQUESTS_PER_SECOND": str(upstream.per_second), "REQUESTS_PER_HOUR": "0"}
    async with grounds.site(backend, sandbox, **settings) as site:
        await sync_all(site, await players(site, "warm", 1, 6))
        for characters in grounds.sizes.wall_clock:
            runs = grounds.sizes.runs if characters <= SMALL else 1
            who = await players(site, f"of-{characters}", runs, characters)
            took = []
            for player in who:
                await _until_a_new_second(upstream)
                [done] = await sync_all(site, [player])
                took.append(done.completed)
            limit, least = upstream.limit(characters), upstream.least(characters)
            ratio = median(took) / limit
            is_possible = least <= MOST * limit
            grounds.say(
                f"  {backend} {upstream} {characters}: {median(took):.2f} s, limit {limit:.2f}, least {least:.2f}"
            )
            figures.append(
                figure(
                    f"{characters} characters, {upstream.latency_ms} ms, {upstream.per_second}/s, {backend.split(',', maxsplit=1)[0]}",
                    ratio,
                    "of the limit",
                    at_most=MOST,
                    note=(
                        f"{median(took):.3f} s, limit {limit:.3f} s, least possible {least:.3f} s"
                        f"{'' if is_possible else ': more than the goal'}; {spread(took, 3)}"
                    ),
                    digits=3,
                )
            )
    return figures


async def _until_a_new_second(upstream: Upstream) -> None:
    """Let what the last sync has used of its second be over, so that each begins with a whole one."""
    if upstream.per_second:
        await asyncio.sleep(SECOND)
