"""Part 6: what the history costs on disk, and whether a million characters of others slow anybody down."""

import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from bench import many_rows
from bench.grounds import UNPACED, Grounds
from bench.measure import MS, figure, median
from bench.syncing import http_of, players, sync_all
from chaos.clients import Client
from chaos.site import Site

FLAT: Final = 1.25  # of the time with a thousand rows: more than what runs differ by
FEW: Final = 1_000
A_SYNC: Final = "a sync, nothing changed"
HISTORY: Final = ("character_snapshots", "character_facet_states", "character_facets", "characters")
_SETTINGS: Final = {**UNPACED, "FRESHNESS_SECONDS": "0"}


async def history(grounds: Grounds) -> dict[str, Any]:
    figures = []
    for backend in grounds.sizes.backends:
        async with grounds.sandbox() as sandbox, grounds.site(backend, sandbox, **_SETTINGS) as site:
            figures += await _bytes(grounds, backend, site)
        async with grounds.sandbox() as sandbox, grounds.site(backend, sandbox, **_SETTINGS) as site:
            figures += await _with_many(grounds, backend, site)
    return {
        "name": "History and many rows",
        "what": (
            f"An account of {grounds.sizes.characters} characters is synced again and again, first with nothing changed "
            "and then after every character has logged in and put on other gear. The bytes are those of the tables that "
            "hold characters and what they were, with their indexes; beside them those of the sync session and its jobs, "
            f"which every sync writes. Then so many rows of others are put beside it, in one statement for each table, "
            f"and the same things are timed with {FEW} and with {grounds.sizes.rows} characters in the table."
        ),
        "figures": figures,
    }


async def _bytes(grounds: Grounds, backend: str, site: Site) -> list[dict[str, Any]]:
    sizes, name = grounds.sizes, backend.split(",", maxsplit=1)[0]
    [player] = await players(site, "kept", 1, sizes.characters)
    await sync_all(site, [player])
    await sync_all(site, [player])  # whatever only the second one does
    figures = []
    for what, before_each in (("nothing changed", None), ("gear changed", _play)):
        before = await _sizes(site)
        for _ in range(sizes.syncs):
            if before_each:
                await before_each(site, player)
            await sync_all(site, [player])
        after = await _sizes(site)
        count = sizes.syncs * sizes.characters
        kept = sum(after[table] - before[table] for table in HISTORY) / count
        others = sum(after[table] - before[table] for table in after if table not in HISTORY) / count
        is_unchanged = before_each is None
        figures.append(
            figure(
                f"bytes kept of a character by a sync, {what}, {name}",
                kept,
                "bytes",
                goal="~ 0" if is_unchanged else "",
                holds=kept < 1 if is_unchanged else None,
                note=f"and {others:.0f} bytes of session, jobs and changes; {sizes.syncs} syncs",
                digits=0,
            )
        )
        grounds.say(f"  {name}, {what}: {kept:.0f} bytes, others {others:.0f}")
    return figures


async def _play(site: Site, player: Client) -> None:
    for battle_net_id in sorted(site.listed[player.user_id]):
        await site.control("POST", f"accounts/{player.name}/characters/{battle_net_id}", {"action": "play"})


async def _sizes(site: Site) -> dict[str, int]:
    """Return the bytes of every table with its indexes, as far as they are filled."""
    if site.database.startswith("sqlite"):
        return await many_rows.sqlite_sizes(Path(site.database.partition("///")[2]))
    return await many_rows.postgresql_sizes(site.database)


async def _with_many(grounds: Grounds, backend: str, site: Site) -> list[dict[str, Any]]:
    name, timed = backend.split(",", maxsplit=1)[0], dict[str, list[float]]()
    who = await players(site, "among-many", 1, grounds.sizes.characters)
    await sync_all(site, who)
    for rows in (FEW, grounds.sizes.rows):
        began = time.monotonic()
        await many_rows.fill(site.database, rows)
        grounds.say(f"  {name}: {rows} characters in {time.monotonic() - began:.0f} s")
        for what, took in (await _timed(grounds, site, who[0])).items():
            timed.setdefault(what, []).append(took)
    figures = []
    for what, (few, many) in timed.items():
        grows = many / few
        figures.append(
            figure(
                f"{what} beside {grounds.sizes.rows} characters, {name}",
                grows,
                f"times that beside {FEW}",
                at_most=FLAT,
                note=f"{many:.1f} ms, {few:.1f} ms before; medians of {_times(what, grounds.sizes.reads)}",
            )
        )
        grounds.say(f"  {name}, {what}: {few:.1f} ms, then {many:.1f} ms")
    return figures


def _times(what: str, reads: int) -> int:
    """Return how often something is timed: a sync takes ten times as long as a page."""
    return max(1, reads // 10) if what == A_SYNC else reads


async def _timed(grounds: Grounds, site: Site, player: Client) -> dict[str, float]:
    """Return milliseconds of a page of the list, of the feed, of a whole sync; medians."""
    headers, took = {"Authorization": f"Bearer {player.token}"}, dict[str, list[float]]()
    async with http_of(site) as http:

        async def read(path: str) -> None:
            async with http.get(path, headers=headers) as answer:
                assert answer.status == 200, await answer.text()
                await answer.read()

        async def again() -> None:
            await sync_all(site, [player])

        things: dict[str, tuple[Callable[[], Awaitable[None]], int]] = {
            "a page of the list": (lambda: read("/api/v1/characters?limit=50"), grounds.sizes.reads),
            "a page of the feed": (lambda: read("/api/v1/changes?limit=50"), grounds.sizes.reads),
            A_SYNC: (again, _times(A_SYNC, grounds.sizes.reads)),
        }
        for what, (do, times) in things.items():
            await do()
            for _ in range(times):
                began = time.perf_counter()
                await do()
                took.setdefault(what, []).append(MS * (time.perf_counter() - began))
    return {what: median(values) for what, values in took.items()}
