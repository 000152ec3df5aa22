"""Part 5: one sync session or a thousand at once, one worker or two: what a character costs and a session holds."""

import asyncio
from collections import defaultdict
from contextlib import suppress
from typing import Any, Final

from bench.grounds import SHARED, SQLITE, UNPACED, Grounds, pids
from bench.measure import MS, cpu_seconds, figure, median, resident_kb, spread
from bench.syncing import players, sync_all
from chaos.site import Site

LOOK_SECONDS: Final = 0.05
MOST_GROWTH: Final = 1.10
AT_LEAST: Final = 60  # sync sessions measured at each level, one after the other where few run at once
SETTINGS: Final = {
    **UNPACED,
    "SESSIONS_AT_ONCE": "1000",
    "REQUEST_TIMEOUT_SECONDS": "300",  # of a thousand at once each waits for its turn at the connections
    "CIRCUIT_MINIMUM_REQUESTS": "0",
}


async def growth(grounds: Grounds) -> dict[str, Any]:
    figures = []
    for backend in grounds.sizes.backends:
        # In one process a thousand clients at once wait for the same core as all else: that is not what is asked here.
        levels = grounds.sizes.crowds[:-1] if backend == SQLITE else grounds.sizes.crowds
        async with grounds.sandbox() as sandbox, grounds.site(backend, sandbox, **SETTINGS) as site:
            figures += await _levels(grounds, backend, site, levels)
    async with grounds.sandbox() as sandbox, grounds.site(SHARED, sandbox, **SETTINGS) as site:
        figures.append(await _one_worker_and_two(grounds, site))
    return {
        "name": "Growth",
        "what": (
            f"So many sync sessions of {grounds.sizes.crowd_characters} characters at the same time, all accounts new, "
            "each watched, without a limit at Battle.net. Processor time of the service's processes for each character; "
            "and how much larger their resident memory was at its peak than before, for each sync session at once. The "
            "levels take turns, and a figure is the median of each turn's own ratio. That "
            "no query costs more with more finished sync sessions is a test: `test_hot_queries.py` asks both databases "
            "how they would run each."
        ),
        "figures": figures,
    }


async def _levels(grounds: Grounds, backend: str, site: Site, levels: tuple[int, ...]) -> list[dict[str, Any]]:
    """Measure each level in turn, again and again: beside what a machine's host takes, one run alone says little."""
    name = backend.split(",", maxsplit=1)[0]
    await sync_all(site, await players(site, "warm", 20, grounds.sizes.crowd_characters), at_once=4)
    costs, memory = defaultdict[int, list[float]](list), defaultdict[int, list[float]](list)
    for turn in range(grounds.sizes.runs):
        for level in levels:
            cost, kb = await _at_once(grounds, site, level, f"turn-{turn}")
            costs[level].append(cost)
            memory[level].append(kb)
            grounds.say(f"  {name}, {level} at once: {cost:.2f} ms per character, {kb:.0f} KB per session")
    return [
        figure(
            f"{level} at once, {name}",
            median([cost / one for cost, one in zip(costs[level], costs[levels[0]], strict=True)]),
            "times the cost of one at once",
            at_most=MOST_GROWTH if level > 1 else None,
            note=f"{median(costs[level]):.2f} ms per character, {max(memory[level]):.0f} KB per session; {spread(costs[level])} ms",
        )
        for level in levels
    ]


async def _one_worker_and_two(grounds: Grounds, site: Site) -> dict[str, Any]:
    level = grounds.sizes.crowds[-2] if len(grounds.sizes.crowds) > 1 else 1
    costs = defaultdict[int, list[float]](list)
    for turn in range(grounds.sizes.runs):
        for workers in (1, 2):
            name = f"turn-{turn}-with-{workers}"
            if workers > 1:
                await site.work(1)
            # A worker's first syncs are dearer than all after them, and both take part in so many.
            await sync_all(site, await players(site, f"warm-{name}", 20, grounds.sizes.crowd_characters), at_once=20)
            cost, _ = await _at_once(grounds, site, level, name)
            costs[workers].append(cost)
            grounds.say(f"  {level} at once, workers: {workers}: {cost:.2f} ms per character")
        await site.processes["worker-1"].stop()
    return figure(
        f"{level} at once on two workers, PostgreSQL and Redis",
        median([two / one for one, two in zip(costs[1], costs[2], strict=True)]),
        "times the cost of one worker",
        note=f"{median(costs[2]):.2f} ms per character, one worker {median(costs[1]):.2f}; {spread(costs[2])} ms",
    )


async def _at_once(grounds: Grounds, site: Site, level: int, name: str) -> tuple[float, float]:
    """Return milliseconds per character, and KB per sync session at once. `name` is of accounts that nobody has had."""
    sessions = level if level >= AT_LEAST else -(-min(AT_LEAST, grounds.sizes.posts) // level) * level
    who = await players(site, f"{name}-of-{level}", sessions, grounds.sizes.crowd_characters)
    before, resident = cpu_seconds(pids(site)), _resident(site)
    peak = resident

    async def look() -> None:
        nonlocal peak
        while True:
            peak = max(peak, _resident(site))
            await asyncio.sleep(LOOK_SECONDS)

    looking = asyncio.create_task(look())
    try:
        done = await sync_all(site, who, at_once=level)
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
    characters = sum(one.characters for one in done)
    return MS * (cpu_seconds(pids(site)) - before) / characters, (peak - resident) / level


def _resident(site: Site) -> float:
    return sum(resident_kb(pid) for pid in pids(site))
