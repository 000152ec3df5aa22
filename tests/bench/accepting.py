"""Part 3: from the POST to its 202, which is one answer of Battle.net's and our own work."""

from typing import Any, Final

from bench.grounds import SQLITE, UNPACED, Grounds
from bench.measure import MS, at_share, figure, median
from bench.syncing import players, post_all, sync_all

LATENCY_MS: Final = 50
MOST_MS: Final = 25
WARM_UP: Final = 3


async def accepting(grounds: Grounds) -> dict[str, Any]:
    figures = []
    sizes = grounds.sizes
    for backend in grounds.sizes.backends:
        # With a queue of its own nobody works there, so that what is measured is the POST; else each sync is awaited.
        works = backend == SQLITE
        async with (
            grounds.sandbox(latency_ms=LATENCY_MS) as sandbox,
            grounds.site(backend, sandbox, works=works, **UNPACED) as site,
        ):
            do = sync_all if works else post_all
            await do(site, await players(site, "warm", WARM_UP, sizes.characters))
            who = await players(site, "posts", sizes.posts, sizes.characters)
            measured = {"an account never seen": await do(site, who)}
            if works:
                measured["the same account again"] = await do(site, who)
        name = backend.split(",")[0]
        for what, done in measured.items():
            own = [MS * one.accepted - LATENCY_MS for one in done]
            high = at_share(own, 0.99)
            figures.append(
                figure(
                    f"{what}, {name}, p99 beyond one latency",
                    high,
                    "ms",
                    at_most=MOST_MS,
                    note=f"median {median(own):.1f} ms, of {len(own)}",
                    digits=1,
                )
            )
            grounds.say(f"  {what}, {name}: p99 {high:.1f} ms, median {median(own):.1f}")
    return {
        "name": "POST to 202",
        "what": (
            f"Accounts of {sizes.characters} characters, one after the other; in one process each sync ends before "
            "the next POST, and on PostgreSQL no worker runs. The "
            f"figure is the time from the POST to its answer, less the {LATENCY_MS} ms that the sandbox takes for the "
            "listing. The first time every character is new and is inserted; again, they are compared."
        ),
        "figures": figures,
    }
