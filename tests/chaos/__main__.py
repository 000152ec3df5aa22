"""The long run: `make chaos`. Prints what it does, writes docs/reliability.json and docs/reliability.md."""

import argparse
import asyncio
import json
import os
import platform
import random
import sqlite3
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from chaos import parts
from chaos.processes import running_starter
from chaos.report import FIGURES, PAGE, page
from chaos.site import quick_sandbox
from support.postgresql_server import running_postgresql
from support.redis_server import RedisServer


def main() -> None:
    options = argparse.ArgumentParser(prog="python -m chaos", description="Kill, freeze and starve; then judge.")
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--ghosts", type=int, default=50)
    options.add_argument("--rounds", type=int, default=200)
    options.add_argument("--restarts", type=int, default=10, help="of PostgreSQL, and as many of Redis")
    options.add_argument("--sessions", type=int, default=200, help="sync sessions at the same moment")
    options.add_argument("--schedules", type=int, default=500, help="players who are synced by schedule")
    options.add_argument("--schedule-kills", type=int, default=30, help="of workers while their schedules are due")
    options.add_argument("--cancels", type=int, default=20)
    options.add_argument("--sockets", type=int, default=10_000, help="on one gateway; needs as many open files, twice")
    options.add_argument("--seed", type=int, default=random.randrange(1_000_000))  # noqa: S311 - a storm, no secret
    options.add_argument("--only", default="", help="names of parts, comma separated; the figures of the others stay")
    given = options.parse_args()
    sys.exit(asyncio.run(_run(given)))


async def _run(given: argparse.Namespace) -> int:
    began, done = time.monotonic(), []
    _say(f"seed {given.seed}")
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chaos-")))
        grounds = parts.Grounds(
            folder=folder,
            starter=await stack.enter_async_context(running_starter()),
            sandbox=await stack.enter_async_context(quick_sandbox()),
            postgresql=stack.enter_context(running_postgresql()),
            redis=stack.enter_context(RedisServer()),
            say=_say,
        )
        for name, part in parts.PARTS.items():
            if given.only and name not in given.only.split(","):
                continue
            _say(f"{name} ...")
            grounds.redis.empty()
            started = time.monotonic()
            result = await part(grounds, given)
            took = (
                f"{time.monotonic() - started:.0f} s, load average {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores"
            )
            result["figures"]["took"] = took
            done.append(result | {"key": name, "seed": given.seed, "date": datetime.now(UTC).date().isoformat()})
            _say(f"{name}: {result['tries']} tries, {len(result['violations'])} violations {result['figures']}")
            for violation in result["violations"]:
                _say(f"  {violation}")
    _write(time.monotonic() - began, done, keep=bool(given.only))
    return 1 if any(part["violations"] for part in done) else 0


def _write(seconds: float, done: list[dict[str, Any]], *, keep: bool) -> None:
    """Write the figures and the page; with `keep`, parts that were not done now keep theirs."""
    before = json.loads(FIGURES.read_text("utf-8")) if keep and FIGURES.exists() else {"minutes": 0, "parts": []}
    known = {part["key"]: part for part in [*before["parts"], *done]}
    figures = {
        "date": max(part["date"] for part in known.values()),
        "minutes": round(before["minutes"] + seconds / 60),
        "machine": {
            "cpus": os.cpu_count(),
            "python": platform.python_version(),
            "sqlite": sqlite3.sqlite_version,
        },
        "parts": [known[key] for key in parts.PARTS if key in known],
    }
    FIGURES.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    PAGE.write_text(page(figures), "utf-8")


def _say(what: str) -> None:
    print(what, flush=True)  # noqa: T201 - what the person who waits reads


if __name__ == "__main__":
    main()
