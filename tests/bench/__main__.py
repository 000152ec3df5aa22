"""`make bench`: measures the service part by part and writes docs/benchmarks.md."""

import argparse
import asyncio
import json
import os
import platform
import sqlite3
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.grounds import SMALL, Grounds, Sizes
from bench.measure import processor_seconds, stolen_share
from bench.parts import PARTS
from bench.report import FIGURES, PAGE, page
from chaos.processes import running_starter
from support.postgresql_server import running_postgresql
from support.redis_server import RedisServer

VERSIONS = ("aiohttp", "aiosqlite", "asyncpg", "msgspec", "python-socketio", "sqlalchemy", "uvicorn", "uvloop")


def main() -> None:
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all of them without any")
    options.add_argument("--dry", action="store_true", help="say what was measured and write nothing")
    options.add_argument("--before", action="store_true", help="keep the figures as those from before a change")
    options.add_argument("--runs", type=int, default=Sizes.runs, help="of which the median is taken")
    options.add_argument(
        "--small", action="store_true", help="a little of everything, to see that it runs; implies --dry"
    )
    given = options.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        options.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    sys.exit(asyncio.run(_run(given)))


async def _run(given: argparse.Namespace) -> int:
    async with AsyncExitStack() as stack:
        grounds = Grounds(
            folder=Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-"))),
            starter=await stack.enter_async_context(running_starter()),
            postgresql=stack.enter_context(running_postgresql()),
            redis=stack.enter_context(RedisServer()),
            sizes=SMALL if given.small else Sizes(runs=given.runs),
            say=_say,
        )
        for key in given.parts or PARTS:
            _say(f"{key} ...")
            began, load, processors = time.monotonic(), os.getloadavg()[1], processor_seconds()
            done = await PARTS[key](grounds)
            done |= {
                "key": key,
                "date": datetime.now(UTC).date().isoformat(),
                "minutes": round((time.monotonic() - began) / 60, 1),
                "machine": _machine(load) | {"stolen": stolen_share(processors, processor_seconds())},
            }
            for one in done["figures"]:
                _say(f"  {one['what']}: {one['value']} {one['unit']} {one['goal']} {one['holds']} {one['note']}")
            for profile in done.get("profiles", []):
                _say(json.dumps(profile, indent=1))
            if not (given.dry or given.small):
                _write(done, "before" if given.before else "parts")
    return 0


def _machine(load: float) -> dict[str, Any]:
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    processor = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")
    libraries = ", ".join(f"{name} {version(name)}" for name in VERSIONS)
    return {
        "cpus": os.cpu_count(),
        "processor": processor,
        "load": round(load, 1),
        "versions": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {libraries}",
    }


def _write(done: dict[str, Any], section: str) -> None:
    """Put a part's figures in the place of its earlier ones."""
    figures = json.loads(FIGURES.read_text("utf-8")) if FIGURES.exists() else {"parts": [], "before": []}
    known = {part["key"]: part for part in [*figures[section], done]}
    figures[section] = [known[key] for key in PARTS if key in known]
    FIGURES.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(figures), "utf-8")


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - what the person who waits reads


if __name__ == "__main__":
    main()
