"""Part 2: what an enriched character costs in processor time, beside a bare loop that does the same work."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.grounds import SQLITE, UNPACED, Grounds, pids
from bench.measure import MS, cpu_seconds, figure, median, spread
from bench.sampling import sampled
from bench.syncing import players, sync_all
from chaos.site import Site

WARM_UP = 1  # accounts: the first sync compiles statements and opens connections
MOST_MS, MOST_RATIO = 2.0, 1.5


async def cost(grounds: Grounds) -> dict[str, Any]:
    figures: list[dict[str, Any]] = []
    profiles: list[dict[str, Any]] = []
    for backend in grounds.sizes.backends:
        async with grounds.sandbox() as sandbox, grounds.site(backend, sandbox, **UNPACED) as site:
            ours, servers, bare = await _beside_each_other(grounds, backend, site)
            own = median(ours)
            figures += [
                figure(
                    f"CPU per enriched character, {backend}",
                    own,
                    "ms",
                    at_most=MOST_MS,
                    note=spread(ours),
                ),
                figure(f"the bare loop, {backend}", median(bare), "ms", note=spread(bare)),
                figure(
                    f"service / bare loop, {backend}",
                    median([one / other for one, other in zip(ours, bare, strict=True)]),
                    "times",
                    at_most=MOST_RATIO,
                ),
            ]
            if backend != SQLITE:
                figures.append(figure("beside it, in PostgreSQL and Redis themselves", median(servers), "ms"))
            profiles.append(await _profiled(grounds, backend, site, own))
    return {
        "name": "Cost of a character",
        "what": (
            f"Accounts of {grounds.sizes.characters} characters, four facets each, one after the other, each watched on a socket. The "
            "sandbox is a process of its own without delay or limit. Counted is the processor time of the service's "
            "processes, from the POST to the last event: REST, listing, enrichment, rows, events. The bare loop asks the "
            "same, decodes the same bytes and writes the same rows, and nothing else; both take turns."
        ),
        "figures": figures,
        "profiles": profiles,
    }


async def _beside_each_other(
    grounds: Grounds, backend: str, site: Site
) -> tuple[list[float], list[float], list[float]]:
    """Return milliseconds per character of every run: of the service, of the servers, of the bare loop."""
    sizes = grounds.sizes
    ours, servers, bare = [], [], []
    async with _bare_loop(grounds, backend, site) as loop:
        await sync_all(site, await players(site, "warm", WARM_UP, sizes.characters))
        await loop.run(site, "bare-warm", WARM_UP, sizes.characters)
        for run in range(sizes.runs):
            who = await players(site, f"run{run}", sizes.accounts, sizes.characters)
            before, servers_before = cpu_seconds(pids(site)), grounds.servers_cpu()
            done = await sync_all(site, who)
            count = sum(one.characters for one in done)
            ours.append(MS * (cpu_seconds(pids(site)) - before) / count)
            servers.append(MS * (grounds.servers_cpu() - servers_before) / count)
            bare.append(await loop.run(site, f"bare{run}", sizes.accounts, sizes.characters))
            grounds.say(f"  {backend}: {ours[-1]:.2f} ms, servers {servers[-1]:.2f} ms, bare loop {bare[-1]:.2f} ms")
    return ours, servers, bare


async def _profiled(grounds: Grounds, backend: str, site: Site, own: float) -> dict[str, Any]:
    """Watch the processes with a sampling profiler while they enrich, and share what a character costs out."""
    sizes, busy = grounds.sizes, True
    who = await players(site, "sampled", max(1, sizes.accounts * sizes.runs), sizes.characters)

    async def keep_busy() -> None:
        for player in who:
            if not busy:
                return
            await sync_all(site, [player])

    working = asyncio.create_task(keep_busy())
    found = await sampled(pids(site), seconds=sizes.profile_seconds, folder=grounds.folder, until=working)
    busy = False
    await working
    parts = [{"part": part, "ms": round(own * share, 2)} for part, share in found.parts]
    return {"of": backend, "samples": found.samples, "parts": parts, "functions": found.functions}


class _BareLoop:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, order: Any) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        assert line, "the bare loop ended"
        said: dict[str, Any] = json.loads(line)
        return said

    async def run(self, site: Site, name: str, accounts: int, characters: int) -> float:
        """Return milliseconds per character."""
        used, count = 0.0, 0
        for number in range(accounts):
            account = {"gameVersion": "retail", "region": "eu", "characters": characters, "seed": number}
            made = await site.control("POST", "accounts", {"id": f"{name}-{number}", **account})
            used += (await self.ask(made["characters"]))["cpu"]
            count += len(made["characters"])
        return MS * used / count


@asynccontextmanager
async def _bare_loop(grounds: Grounds, backend: str, site: Site) -> AsyncIterator[_BareLoop]:
    folder = grounds.folder / f"bare-{backend[:3]}"
    folder.mkdir(parents=True, exist_ok=True)
    name = None if backend == SQLITE else await grounds.postgresql.databases.create()
    database = f"sqlite:///{folder / 'bare.db'}" if name is None else grounds.postgresql.databases.url(name)
    tests = Path(__file__).parents[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.baseline",
        cwd=tests,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent / "src")])},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        loop = _BareLoop(process)
        await loop.ask({"database": database, "sandbox": site.sandbox.url})
        yield loop
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        if name is not None:
            await grounds.postgresql.databases.drop(name)
