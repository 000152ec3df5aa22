"""`python -m battle_net_sandbox`: the sandbox Battle.net on its own."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from battle_net_sandbox.server import CannotStartError, SandboxSettings, serve


def main(arguments: list[str] | None = None) -> int:
    """Run the sandbox until it is stopped; the exit status."""
    parser = argparse.ArgumentParser(prog="battle_net_sandbox", description="A sandbox Battle.net on loopback.")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8090, help="port; 0 for any free one (default: %(default)s)")
    parser.add_argument("--recordings", type=Path, help="folder of recorded answers to serve")
    parser.add_argument("--accounts", type=Path, help="JSON file: a list of accounts to create")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same world (default: %(default)s)")
    given = parser.parse_args(arguments)
    settings = SandboxSettings(
        host=given.host,
        port=given.port,
        recordings=given.recordings,
        accounts=given.accounts,
        seed=given.seed,
    )
    try:
        asyncio.run(serve(settings))
    except CannotStartError as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - the one sentence the person reads
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
