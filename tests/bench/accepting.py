"""Part 3: from the POST to its 202, which is one answer of Battle.net's and our own work."""

from typing import Any, Final

from bench.grounds import BACKENDS, Grounds
from bench.measure import MS, at_share, figure, median
from bench.syncing import players, sync_all

LATENCY_MS: Final = 50
MOST_MS: Final = 25
WARM_UP: Final = 3


async def accepting(grounds: Grounds) -> dict[str, Any]:
    figures = []
    sizes = grounds.sizes
    for backend in BACKENDS:
        settings = {"REQUESTS_PER_SECOND": "0", "REQUESTS_PER_HOUR": "0"}
        async with (
            grounds.sandbox(latency_ms=LATENCY_MS) as sandbox,
            grounds.site(backend, sandbox, **settings) as site,
        ):
            await sync_all(site, await players(site, "warm", WARM_UP, sizes.characters))
            who = await players(site, "posts", sizes.posts, sizes.characters)
            first = [MS * one.accepted - LATENCY_MS for one in await sync_all(site, who)]
            again = [MS * one.accepted - LATENCY_MS for one in await sync_all(site, who)]
        name = backend.split(",")[0]
        for what, own in ((f"an account never seen, {name}", first), (f"the same account again, {name}", again)):
            high = at_share(own, 0.99)
            figures.append(
                figure(
                    f"{what}, p99 beyond one latency",
                    high,
                    "ms",
                    goal=f"<= {MOST_MS} ms",
                    holds=high <= MOST_MS,
                    note=f"median {median(own):.1f} ms, of {len(own)}",
                    digits=1,
                )
            )
            grounds.say(f"  {what}: p99 {high:.1f} ms, median {median(own):.1f}")
    return {
        "name": "POST to 202",
        "what": (
            f"Accounts of {sizes.characters} characters, one after the other; each sync ends before the next POST. The "
            f"figure is the time from the POST to its answer, less the {LATENCY_MS} ms that the sandbox takes for the "
            "listing. The first time every character is new and is inserted; again, they are compared."
        ),
        "figures": figures,
    }
